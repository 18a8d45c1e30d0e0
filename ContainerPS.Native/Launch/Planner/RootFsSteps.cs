using ContainerPS.Native.Mounts;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Launch.Planner;

/// <summary>
/// The child's root: mounted inside its own mount namespace, so that a crash leaves no mount and the host's table stays short. The
/// overlay's mount point is its own upper directory, as the host sees it: nothing has to be made for it, and after pivot_root the place is
/// gone.
/// </summary>
internal static class RootFsSteps
{
    /// <summary>
    /// Nothing that is mounted from here on may reach the host. MS_SLAVE lets the host's unmounts through, which a bind that asks for slave
    /// or shared propagation needs; otherwise MS_PRIVATE, which spares each bind its own change.
    /// </summary>
    public static void Isolate(ContainerPlan container)
    {
        int propagation = Propagation(container);
        if (propagation != MS_SHARED)
        {
            var flags = PlanValue.Constant(MS_REC | propagation, propagation == MS_SLAVE ? "MS_REC|MS_SLAVE" : "MS_REC|MS_PRIVATE");
            container.Child.Call("making the mounts of the host private", SystemCall.mount, [0, container.Plan.Utf8("/"), 0, flags]);
        }
    }

    /// <summary>
    /// What the copied mounts of the host have: shared copies stay peers of the host's, as <c>rootfsPropagation</c> shared wants.
    /// </summary>
    public static int Propagation(ContainerPlan container) =>
        container.Linux.RootfsPropagation switch
        {
            "shared" or "rshared" => MS_SHARED,
            "slave" or "rslave" => MS_SLAVE,
            null or "" => (container.Spec.Mounts ?? []).Any(WantsPropagation) ? MS_SLAVE : MS_PRIVATE,
            _ => MS_PRIVATE,
        };

    public static void Attach(ContainerPlan container)
    {
        container.Root = container.Request.RootFs switch
        {
            RootFsSource.Overlay overlay when container.HandedOver.RootFollows => AttachMade(container, overlay),
            RootFsSource.Overlay overlay when container.Facts.OverlayAppendsLowers => AttachOverlay(container, overlay),
            RootFsSource.Overlay overlay => AttachOverlayByOptions(container, overlay),
            RootFsSource.Directory directory => AttachDirectory(container, directory),
            _ => throw new LaunchException(LaunchFailure.Setup, "The root file system is of an unknown kind."),
        };
    }

    /// <summary>
    /// Into the new root, and the host's tree out of sight. Both sides are "." (man 2 pivot_root): no directory for the old root is needed.
    /// </summary>
    public static void Enter(ContainerPlan container)
    {
        PlanTrack child = container.Child;
        PlanValue here = container.Plan.Utf8(".");
        child.Call("entering the new root", SystemCall.fchdir, [container.Root]);
        if (container.Request.NoPivot)
        {
            child.Call(
                "moving the root over the host's",
                SystemCall.mount,
                [here, container.Plan.Utf8("/"), 0, PlanValue.Constant(MS_MOVE, "MS_MOVE")]
            );
            child.Call("changing the root", SystemCall.chroot, [here]);
        }
        else
        {
            child.Call("making the new root the root", SystemCall.pivot_root, [here, here]);
            if (Propagation(container) != MS_PRIVATE)
            {
                child.Call(
                    "cutting the old root off from the host",
                    SystemCall.mount,
                    [0, here, 0, PlanValue.Constant(MS_REC | MS_SLAVE, "MS_REC|MS_SLAVE")]
                );
            }

            child.Call("detaching the old root", SystemCall.umount2, [here, PlanValue.Constant(MNT_DETACH, "MNT_DETACH")]);
        }

        child.Call("entering the root directory", SystemCall.chdir, [container.Plan.Utf8("/")]);
    }

    /// <summary>After everything that makes files in the root.</summary>
    public static void Finish(ContainerPlan container)
    {
        PlanTrack child = container.Child;
        if (container.Spec.Root?.Readonly == true || container.Request.RootFs is RootFsSource.Directory { ReadOnly: true })
        {
            MountAttributes.Apply(container, child, "making the root read-only", container.Root, MOUNT_ATTR_RDONLY, 0, recursive: false);
        }

        if (container.Linux.RootfsPropagation is { Length: > 0 } name)
        {
            uint flags = FileSystemMount.Propagation(MountOptions.Parse([name]));
            if (flags == 0)
            {
                throw new LaunchException(LaunchFailure.Setup, $"The spec names the unknown root propagation '{name}'.");
            }

            child.Call(
                $"making the root {name}",
                SystemCall.mount,
                [0, container.Plan.Utf8("/"), 0, PlanValue.Constant(container.Plan, flags, $"MS_{name.ToUpperInvariant()}")]
            );
        }
    }

    private static bool WantsPropagation(Oci.Mount mount) =>
        mount.Options?.Any(option => option is "slave" or "rslave" or "shared" or "rshared") == true;

    private static PlanValue AttachMade(ContainerPlan container, RootFsSource.Overlay overlay)
    {
        PlanValue root = container.Child.ReceiveDescriptor("waiting for the root", container.HandedOver.Go!.Value);
        FileSystemMount.AttachAt(container, container.Child, root, PlanValue.CurrentDirectory, overlay.UpperDir, "attaching the root");
        return root;
    }

    private static PlanValue AttachOverlay(ContainerPlan container, RootFsSource.Overlay overlay)
    {
        PlanTrack child = container.Child;
        PlanValue context = FileSystemMount.Open(container, child, "overlay", "the root");
        foreach ((string? key, string? value) in OptionsOf(overlay, overlay.LowerDirs, container.MountLabel).ToParameters())
        {
            FileSystemMount.Parameter(
                container,
                child,
                context,
                key,
                value,
                $"setting the overlay's {key}{(value is null ? "" : " " + value)}"
            );
        }

        PlanValue root = FileSystemMount.Finish(container, child, context, 0, "the overlay of the root");
        FileSystemMount.AttachAt(container, child, root, PlanValue.CurrentDirectory, overlay.UpperDir, "attaching the root");
        return root;
    }

    /// <summary>
    /// Before Linux 6.5. All options share one page: relative to the directory that holds all layers, their full names are short enough for
    /// about 55 layers, and their short links for about 130. The engine checks that before it creates a container.
    /// </summary>
    private static PlanValue AttachOverlayByOptions(ContainerPlan container, RootFsSource.Overlay overlay)
    {
        (PlanBuilder? plan, PlanTrack? child) = (container.Plan, container.Child);
        RootFsSource.ShortNames names = overlay.Short ?? NamesOf(overlay.LowerDirs);
        string directory = names.Directory;
        string data;
        try
        {
            data = OptionsOf(overlay, names.LowerDirs, container.MountLabel).ToData();
        }
        catch (ArgumentException tooLong)
        {
            throw new LaunchException(LaunchFailure.Setup, tooLong.Message, tooLong);
        }

        child.Call("entering the directory of the layers", SystemCall.chdir, [plan.Utf8(directory)]);
        child.Call(
            "mounting the overlay of the root",
            SystemCall.mount,
            [plan.Utf8("overlay"), plan.Utf8(overlay.UpperDir), plan.Utf8("overlay"), 0, plan.Utf8(data)]
        );
        return child.Open("opening the overlay of the root", PlanValue.CurrentDirectory, plan.Utf8(overlay.UpperDir), O_PATH | O_DIRECTORY);
    }

    public static OverlayOptions OptionsOf(RootFsSource.Overlay overlay, IReadOnlyList<string> lowers, string? label) =>
        new()
        {
            LowerDirectories = lowers,
            UpperDirectory = overlay.UpperDir,
            WorkDirectory = overlay.WorkDir,
            IsVolatile = overlay.Volatile,
            UseUserAttributes = overlay.UserXattr,
            MountLabel = label,
        };

    private static RootFsSource.ShortNames NamesOf(IReadOnlyList<string> lowers)
    {
        string directory = CommonDirectory(lowers);
        return new(directory, [.. lowers.Select(lower => lower == directory ? "." : ContainerPath.Relative(lower, directory))]);
    }

    private static string CommonDirectory(IReadOnlyList<string> paths)
    {
        string common = Path.GetDirectoryName(paths[0])!;
        while (!paths.All(path => ContainerPath.IsWithin(path, common)))
        {
            common = Path.GetDirectoryName(common)!;
        }

        return common;
    }

    private static PlanValue AttachDirectory(ContainerPlan container, RootFsSource.Directory directory)
    {
        PlanTrack child = container.Child;
        PlanValue root = FileSystemMount.Clone(
            container,
            child,
            PlanValue.CurrentDirectory,
            directory.Path,
            recursive: true,
            $"opening the root file system {directory.Path}"
        );
        FileSystemMount.AttachAt(container, child, root, PlanValue.CurrentDirectory, directory.Path, "attaching the root");
        return root;
    }
}
