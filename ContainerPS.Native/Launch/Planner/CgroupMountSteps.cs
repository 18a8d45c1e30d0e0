using ContainerPS.Native.Linux;
using ContainerPS.Native.Mounts;
using ContainerPS.Native.Namespaces;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Launch.Planner;

/// <summary>
/// A mount of type cgroup. v2: one file system, whose root is the cgroup namespace's. v1: a tmpfs with one mount a hierarchy and the links
/// of merged controllers. Without a cgroup namespace of its own the container sees its own directories bound.
/// </summary>
internal static class CgroupMountSteps
{
    private const int Enoent = 2;

    public static void Write(ContainerPlan container, string destination, MountOptions options)
    {
        if (container.Facts.UnifiedCgroups)
        {
            WriteUnified(container, destination, options);
        }
        else
        {
            WriteHierarchies(container, destination, options);
        }
    }

    private static bool OwnNamespace(ContainerPlan container) => container.Namespaces.Has(NamespaceType.Cgroup);

    private static void WriteUnified(ContainerPlan container, string destination, MountOptions options)
    {
        PlanValue tree =
            OwnNamespace(container) || container.Cgroup.V2Directory is not { } directory
                ? NewMount(container, "cgroup2", [], options.AttributesSet, destination)
                : Bound(container, directory, options.AttributesSet, destination);
        MountSteps.Attach(
            container,
            tree,
            destination,
            PlanMake.Directory,
            $"mounting cgroup2 on {destination}",
            FileSystemMount.Propagation(options)
        );
        container.ForgetOwnMounts(destination);
        container.Child.Close(tree);
    }

    private static void WriteHierarchies(ContainerPlan container, string destination, MountOptions options)
    {
        (PlanBuilder? plan, PlanTrack? child) = (container.Plan, container.Child);
        PlanValue context = FileSystemMount.Open(container, child, "tmpfs", destination);
        FileSystemMount.Parameter(container, child, context, "mode", "755", $"setting the mode of {destination}");
        FileSystemMount.Label(container, child, context, "tmpfs");
        PlanValue tmpfs = FileSystemMount.Finish(
            container,
            child,
            context,
            options.AttributesSet & ~(ulong)MOUNT_ATTR_RDONLY,
            $"tmpfs for {destination}"
        );
        MountSteps.Attach(container, tmpfs, destination, PlanMake.Directory, $"mounting tmpfs on {destination}", 0);
        container.ForgetOwnMounts(destination);
        foreach (V1Hierarchy hierarchy in container.Facts.Hierarchies)
        {
            WriteHierarchy(container, tmpfs, hierarchy, options, destination);
        }

        foreach (
            (string? alias, string? name) in container
                .Facts.Hierarchies.Where(h => h.DirectoryName.Contains(',', StringComparison.Ordinal))
                .SelectMany(h => h.DirectoryName.Split(',').Select(part => (part, h.DirectoryName)))
        )
        {
            child.Call($"linking {destination}/{alias}", SystemCall.symlinkat, [plan.Utf8(name), tmpfs, plan.Utf8(alias)]);
        }

        if (options.IsReadOnly)
        {
            MountAttributes.Apply(container, child, $"making {destination} read-only", tmpfs, MOUNT_ATTR_RDONLY, 0, recursive: false);
        }

        child.Close(tmpfs);
    }

    private static void WriteHierarchy(
        ContainerPlan container,
        PlanValue tmpfs,
        V1Hierarchy hierarchy,
        MountOptions options,
        string destination
    )
    {
        string path = $"{destination}/{hierarchy.DirectoryName}";
        if (OwnNamespace(container))
        {
            AttachHierarchy(
                container,
                NewMount(container, "cgroup", hierarchy.Options, options.AttributesSet, path),
                tmpfs,
                hierarchy,
                path
            );
        }
        else if (container.Cgroup.V1DirectoryOf(hierarchy.DirectoryName) is { } directory)
        {
            // A container without limits of this hierarchy has no directory in it: showing the one it shares with the host would give it
            // away.
            PlanValue tree = FileSystemMount.Clone(
                container,
                container.Child,
                PlanValue.CurrentDirectory,
                directory,
                recursive: false,
                $"opening {directory} for {path}",
                accept: Enoent
            );
            using (container.Child.Unless(tree, PlanComparison.Less, 0))
            {
                MountAttributes.Apply(
                    container,
                    container.Child,
                    $"setting the options of {path}",
                    tree,
                    options.AttributesSet,
                    0,
                    recursive: false
                );
                AttachHierarchy(container, tree, tmpfs, hierarchy, path);
            }
        }
    }

    private static void AttachHierarchy(ContainerPlan container, PlanValue tree, PlanValue tmpfs, V1Hierarchy hierarchy, string path)
    {
        (PlanBuilder? plan, PlanTrack? child) = (container.Plan, container.Child);
        child.Call(
            $"making the directory {path}",
            SystemCall.mkdirat,
            [tmpfs, plan.Utf8(hierarchy.DirectoryName), PlanValue.Constant(Modes.Mode0755, "0755")]
        );
        FileSystemMount.AttachAt(container, child, tree, tmpfs, hierarchy.DirectoryName, $"mounting cgroup on {path}");
        child.Close(tree);
    }

    private static PlanValue NewMount(ContainerPlan container, string type, IReadOnlyList<string> flags, ulong attributes, string path)
    {
        PlanTrack child = container.Child;
        PlanValue context = FileSystemMount.Open(container, child, type, path);
        foreach (string flag in flags)
        {
            int at = flag.IndexOf('=', StringComparison.Ordinal);
            FileSystemMount.Parameter(
                container,
                child,
                context,
                at < 0 ? flag : flag[..at],
                at < 0 ? null : flag[(at + 1)..],
                $"choosing the hierarchy {flag} for {path}"
            );
        }

        return FileSystemMount.Finish(container, child, context, attributes, $"{type} for {path}");
    }

    private static PlanValue Bound(ContainerPlan container, string directory, ulong attributes, string path)
    {
        PlanValue tree = FileSystemMount.Clone(
            container,
            container.Child,
            PlanValue.CurrentDirectory,
            directory,
            recursive: false,
            $"opening {directory} for {path}"
        );
        MountAttributes.Apply(container, container.Child, $"setting the options of {path}", tree, attributes, 0, recursive: false);
        return tree;
    }
}
