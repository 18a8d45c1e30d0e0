using ContainerPS.Native.Linux;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Cgroups.V2;

/// <summary>
/// Documentation/admin-guide/cgroup-v2.rst, "Top-down Constraint": a group has the controllers that every group above it switched on
/// for its children in cgroup.subtree_control.
/// </summary>
internal static class Delegation
{
    public static bool Has(CgroupDirectory directory, string controller) =>
        Words(directory.TryRead("cgroup.controllers")).Contains(controller);

    /// <summary>Makes controllers work in a group. One read when they do already.</summary>
    public static void Enable(CgroupHierarchy hierarchy, string group, IReadOnlyList<string> controllers)
    {
        CgroupDirectory directory = hierarchy.Directory(group);
        HashSet<string> has = Words(directory.TryRead("cgroup.controllers"));
        string[] missing = [.. controllers.Where(controller => !has.Contains(controller))];
        if (missing.Length > 0)
        {
            EnableFromTop(hierarchy, CgroupHierarchy.Split(group).Parent, missing);
        }
    }

    private static void EnableFromTop(CgroupHierarchy hierarchy, string group, string[] controllers)
    {
        if (group != "/")
        {
            EnableFromTop(hierarchy, CgroupHierarchy.Split(group).Parent, controllers);
        }

        string file = $"{hierarchy.PathOf(group)}/cgroup.subtree_control";
        HashSet<string> on = Words(Files.ReadAllText(file).TrimEnd('\n'));
        foreach (string controller in controllers.Where(controller => !on.Contains(controller)))
        {
            SwitchOn(file, group, controller);
        }
    }

    // One controller a write: a list is refused as a whole, and the error would not tell for which of them.
    private static void SwitchOn(string file, string group, string controller)
    {
        try
        {
            using FileDescriptor open = Files.Open(file, O_WRONLY);
            open.WriteOnce(System.Text.Encoding.UTF8.GetBytes("+" + controller));
        }
        catch (LinuxException failure)
        {
            throw CgroupException.FromWrite(controller, group, file, "+" + controller, failure);
        }
    }

    private static HashSet<string> Words(string? text) => [.. (text ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries)];
}
