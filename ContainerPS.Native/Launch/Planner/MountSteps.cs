using System.Runtime.CompilerServices;
using ContainerPS.Native.Linux;
using ContainerPS.Native.Mounts;
using ContainerPS.Native.Oci;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Launch.Planner;

/// <summary>
/// The mounts of the spec, in its order. Each is finished detached and attached to a resolved descriptor; no path of the image is followed
/// by name.
/// </summary>
internal static class MountSteps
{
    public static void Write(ContainerPlan container)
    {
        foreach (Mount mount in container.Spec.Mounts ?? [])
        {
            if (!mount.Destination.StartsWith('/'))
            {
                throw new LaunchException(LaunchFailure.Setup, $"The mount destination '{mount.Destination}' is not absolute.");
            }

            Write(container, mount, ContainerPath.Clean(mount.Destination), MountOptions.Parse(mount.Options));
        }
    }

    private static void Write(ContainerPlan container, Mount mount, string destination, MountOptions options)
    {
        if (options.IsIdMapped || mount.UidMappings is { Count: > 0 } || mount.GidMappings is { Count: > 0 })
        {
            throw new LaunchException(
                LaunchFailure.Setup,
                $"The mount on {destination} wants its ids mapped: idmapped mounts are not supported."
            );
        }

        if (destination == "/")
        {
            throw new LaunchException(
                LaunchFailure.Setup,
                "A mount over the root itself is not possible: the root is given by the spec's root."
            );
        }

        if (options.IsBind || mount.Type == "bind")
        {
            WriteBind(container, mount, destination, options);
        }
        else if (mount.Type is "cgroup" or "cgroup2")
        {
            CgroupMountSteps.Write(container, destination, options);
        }
        else
        {
            WriteFileSystem(container, mount, destination, options);
        }
    }

    private static void WriteFileSystem(ContainerPlan container, Mount mount, string destination, MountOptions options)
    {
        PlanTrack child = container.Child;
        string type = mount.Type ?? throw new LaunchException(LaunchFailure.Setup, $"The mount on {destination} has no type.");
        var what = PlanSentence.Of(container, $"{type} for {destination}");
        PlanValue context = FileSystemMount.Open(container, child, type, destination);
        if (!string.IsNullOrEmpty(mount.Source))
        {
            FileSystemMount.Parameter(container, child, context, "source", mount.Source, $"naming the source {mount.Source} of {what}");
        }

        foreach ((string? key, string? value) in FileSystemMount.Parameters(options))
        {
            FileSystemMount.Parameter(container, child, context, key, value, $"setting the option {key} of {what}");
        }

        FileSystemMount.Label(container, child, context, type, options);
        PlanValue tree = FileSystemMount.Finish(container, child, context, options.AttributesSet | options.RecursiveSet, what);
        FileSystemMount.LabelRoot(container, child, tree, type);
        if (type == "proc" && destination == "/proc")
        {
            SysctlSteps.Write(container, tree);
        }

        if (options.TmpCopyUp)
        {
            CopyUp(container, tree, destination);
        }

        Attach(container, tree, destination, PlanMake.Directory, $"mounting {type} on {destination}", FileSystemMount.Propagation(options));
        Keep(container, tree, destination, type is "proc" or "sysfs" or "tmpfs" && !options.TmpCopyUp);
        if (type == "tmpfs" && !options.TmpCopyUp)
        {
            container.OwnTmpfs.Add(destination);
        }
    }

    private static void WriteBind(ContainerPlan container, Mount mount, string destination, MountOptions options)
    {
        PlanTrack child = container.Child;
        if (string.IsNullOrEmpty(mount.Source))
        {
            throw new LaunchException(LaunchFailure.Setup, $"The bind mount on {destination} has no source.");
        }

        string source = Path.IsPathRooted(mount.Source) ? mount.Source : $"{container.Request.BundlePath}/{mount.Source}";
        HostPathKind kind = container.Facts.KindOf(source);
        if (kind == HostPathKind.Missing)
        {
            throw new LaunchException(
                LaunchFailure.Setup,
                $"The bind mount on {destination} cannot be made: its source {source} does not exist."
            );
        }

        PlanValue tree = FileSystemMount.Clone(
            container,
            child,
            PlanValue.CurrentDirectory,
            source,
            options.IsRecursiveBind,
            $"opening {source} for the bind mount on {destination}"
        );
        WriteAttributes(container, tree, destination, options);
        Attach(
            container,
            tree,
            destination,
            kind == HostPathKind.Directory ? PlanMake.Directory : PlanMake.File,
            $"binding {source} on {destination}",
            0
        );
        Keep(container, tree, destination, own: false);
    }

    /// <summary>While the copy is detached: nobody ever sees it without them.</summary>
    private static void WriteAttributes(ContainerPlan container, PlanValue tree, string destination, MountOptions options)
    {
        PlanTrack child = container.Child;
        var doing = PlanSentence.Of(container, $"setting the options of the bind mount on {destination}");
        if ((options.RecursiveSet | options.RecursiveCleared) != 0)
        {
            MountAttributes.Apply(container, child, doing, tree, options.RecursiveSet, options.RecursiveCleared, recursive: true);
        }

        uint propagation =
            FileSystemMount.Propagation(options) != 0 || RootFsSteps.Propagation(container) == MS_PRIVATE
                ? FileSystemMount.Propagation(options)
                : MS_PRIVATE | MS_REC;
        // Every copied mount is private already; only what differs from that is a change.
        uint change = RootFsSteps.Propagation(container) == MS_PRIVATE && (propagation & MS_PRIVATE) != 0 ? 0 : propagation & ~(uint)MS_REC;
        if ((options.AttributesSet | options.AttributesCleared) != 0)
        {
            MountAttributes.Apply(container, child, doing, tree, options.AttributesSet, options.AttributesCleared, recursive: false);
        }

        if (change != 0)
        {
            MountAttributes.Apply(container, child, doing, tree, 0, 0, (propagation & MS_REC) != 0, change);
        }
    }

    /// <summary>A new tmpfs begins with what the image has at its place.</summary>
    private static void CopyUp(ContainerPlan container, PlanValue tree, string destination)
    {
        PlanTrack child = container.Child;
        PlanValue source = child.Resolve(
            $"opening {destination} for the copy into its tmpfs",
            container.Root,
            container.Plan.Utf8(destination),
            PlanMake.Directory,
            openFlags: O_RDONLY | O_DIRECTORY
        );
        child.CopyTree($"copying {destination} into its tmpfs", source, tree);
        child.Close(source);
    }

    /// <summary>Attaches a detached tree to a destination; the tree's descriptor stays open and names its root.</summary>
    public static void Attach(
        ContainerPlan container,
        PlanValue tree,
        string destination,
        PlanMake make,
        [InterpolatedStringHandlerArgument(nameof(container))] PlanSentence doing,
        uint propagation
    )
    {
        PlanTrack child = container.Child;
        if (DirectChildOfOwn(container, destination) is { } place)
        {
            Make(container, place.Parent, place.Name, make, destination);
            FileSystemMount.AttachAt(container, child, tree, place.Parent, place.Name, doing);
        }
        else
        {
            PlanValue target = child.Resolve(
                $"preparing {destination} as a mount point",
                container.Root,
                container.Plan.Utf8(destination),
                make
            );
            FileSystemMount.AttachOn(container, child, tree, target, doing);
            child.Close(target);
        }

        if (propagation != 0)
        {
            MountAttributes.Apply(
                container,
                child,
                $"setting the propagation of {destination}",
                tree,
                0,
                0,
                (propagation & MS_REC) != 0,
                propagation & ~(uint)MS_REC
            );
        }
    }

    /// <summary>A name directly in a tmpfs of our own: nobody else has made anything in it, so the name needs no resolving.</summary>
    public static (PlanValue Parent, string Name)? DirectChildOfOwn(ContainerPlan container, string destination)
    {
        int at = destination.LastIndexOf('/');
        return container.OwnMounts.TryGetValue(at == 0 ? "/" : destination[..at], out PlanValue parent)
            ? (parent, destination[(at + 1)..])
            : null;
    }

    /// <summary>In a tmpfs; what procfs and sysfs do not have cannot be made there.</summary>
    private static void Make(ContainerPlan container, PlanValue parent, string name, PlanMake make, string destination)
    {
        if (!container.OwnTmpfs.Contains(Path.GetDirectoryName(destination)!))
        {
            return;
        }

        PlanValue path = container.Plan.Utf8(name);
        if (make == PlanMake.Directory)
        {
            container.Child.Call(
                $"making the directory {destination}",
                SystemCall.mkdirat,
                [parent, path, PlanValue.Constant(Modes.Mode0755, "0755")],
                accept: Eexist
            );
        }
        else
        {
            container.Child.Call(
                $"making the file {destination}",
                SystemCall.mknodat,
                [parent, path, PlanValue.Constant(S_IFREG | Modes.Mode0644, "S_IFREG|0644"), 0],
                accept: Eexist
            );
        }
    }

    private static void Keep(ContainerPlan container, PlanValue tree, string destination, bool own)
    {
        container.ForgetOwnMounts(destination);
        if (own)
        {
            container.OwnMounts[destination] = tree;
        }
        else
        {
            container.Child.Close(tree);
        }
    }

    private const int Eexist = 17;
}
