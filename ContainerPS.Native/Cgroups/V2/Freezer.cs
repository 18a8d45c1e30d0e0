using ContainerPS.Native.Linux;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Cgroups.V2;

/// <summary>Documentation/admin-guide/cgroup-v2.rst, cgroup.freeze: asked for there, confirmed by "frozen 1" in cgroup.events.</summary>
internal static class Freezer
{
    /// <summary>With a group above, or by its own file: what joins a group that is being frozen is frozen with it.</summary>
    public static bool IsFrozen(ControlGroup group) =>
        ControlText.Value(group.Main.TryRead("cgroup.events"), "frozen") == 1 || group.Main.TryRead("cgroup.freeze") == "1";

    public static void Freeze(ControlGroup group, TimeSpan timeout)
    {
        if (group.Main is not { Exists: true } directory)
        {
            throw new CgroupException(CgroupErrorKind.NotDelegated, $"The control group {group.Path} does not exist.")
            {
                Path = group.Path,
            };
        }

        directory.Write("cgroup.freeze", "1");
        if (!Wait(directory, timeout))
        {
            Thaw(group);
            throw Freezing.TimedOut(group, directory.PathOf("cgroup.freeze"), timeout);
        }
    }

    public static void Thaw(ControlGroup group) => group.Main.TryWrite("cgroup.freeze", "0");

    // The file wakes pollers (POLLPRI) at each change, counted from the last read of the same open file.
    private static bool Wait(CgroupDirectory directory, TimeSpan timeout)
    {
        long end = Environment.TickCount64 + (long)timeout.TotalMilliseconds;
        using FileDescriptor events = directory.Open("cgroup.events");
        byte[] buffer = new byte[256];
        while (true)
        {
            int length = events.ReadAt(buffer, 0);
            if (ControlText.Value(System.Text.Encoding.UTF8.GetString(buffer, 0, length), "frozen") == 1)
            {
                return true;
            }

            long rest = end - Environment.TickCount64;
            if (rest <= 0)
            {
                return false;
            }

            Files.Poll(events, POLLPRI, (int)Math.Min(rest, 100));
        }
    }
}
