using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Launch.Planner;

/// <summary>
/// Masked and read-only paths. A masked file is covered by the host's /dev/null, taken before the pivot and proven to be device 1:3 (a
/// container's own /dev/null may be a link to anything: CVE-2025-31133), a masked directory by an empty read-only tmpfs, one for all.
/// Within our own proc and sysfs the place is named relative to the mount's descriptor, and what this kernel does not have costs nothing.
/// </summary>
internal static class MaskSteps
{
    private const int Enoent = 2,
        Einval = 22;

    public static void Write(ContainerPlan container)
    {
        PlanValue? empty = null;
        foreach (string path in container.Linux.MaskedPaths ?? [])
        {
            Mask(container, ContainerPath.Clean(path), ref empty);
        }

        foreach (string path in container.Linux.ReadonlyPaths ?? [])
        {
            MakeReadOnly(container, ContainerPath.Clean(path));
        }

        if (empty is { } tmpfs)
        {
            container.Child.Close(tmpfs);
        }

        if (container.NullDevice is { } device)
        {
            container.Child.Close(device);
            container.NullDevice = null;
        }
    }

    private static void Mask(ContainerPlan container, string path, ref PlanValue? empty)
    {
        if (KernelPlace(container, path) is { } place)
        {
            switch (container.Facts.KindOf(path))
            {
                case HostPathKind.Directory:
                    MaskDirectory(container, place, path, ref empty);
                    break;
                case HostPathKind.File:
                    MaskFile(container, place, path);
                    break;
            }

            return;
        }

        PlanTrack child = container.Child;
        _ = NullDevice(container);
        PlanValue target = child.Resolve(
            $"opening {path} to mask it",
            container.Root,
            container.Plan.Utf8(path),
            PlanMake.Nothing,
            accept: Enoent
        );
        using (child.Unless(target, PlanComparison.Less, 0))
        {
            MaskUnknown(container, target, path);
            child.Close(target);
        }
    }

    /// <summary>A path within our own proc or sysfs: the directory and the name in it, which no image can have touched.</summary>
    private static (PlanValue Directory, string Name)? KernelPlace(ContainerPlan container, string path)
    {
        if (
            container.FindOwnMount(path) is not { } own
            || own.Relative.Length == 0
            || !(ContainerPath.IsWithin(path, "/proc") || ContainerPath.IsWithin(path, "/sys"))
        )
        {
            return null;
        }

        return container.OwnTmpfs.Contains(path[..^(own.Relative.Length + 1)]) ? null : (own.Descriptor, own.Relative);
    }

    private static void MaskFile(ContainerPlan container, (PlanValue Directory, string Name) place, string path)
    {
        PlanTrack child = container.Child;
        PlanValue cover = FileSystemMount.Clone(
            container,
            child,
            NullDevice(container),
            "",
            recursive: false,
            $"taking /dev/null to mask {path}"
        );
        FileSystemMount.AttachAt(container, child, cover, place.Directory, place.Name, $"masking {path}", Enoent);
        child.Close(cover);
    }

    private static void MaskDirectory(ContainerPlan container, (PlanValue Directory, string Name) place, string path, ref PlanValue? empty)
    {
        PlanTrack child = container.Child;
        if (empty is not { } tmpfs)
        {
            empty = tmpfs = EmptyDirectory(container);
            FileSystemMount.AttachAt(container, child, tmpfs, place.Directory, place.Name, $"masking {path}");
            return;
        }

        PlanValue cover = FileSystemMount.Clone(
            container,
            child,
            tmpfs,
            "",
            recursive: false,
            $"taking the empty directory to mask {path}"
        );
        FileSystemMount.AttachAt(container, child, cover, place.Directory, place.Name, $"masking {path}", Enoent);
        child.Close(cover);
    }

    /// <summary>A path of the image: that it is a directory shows when /dev/null does not fit on it (move_mount answers EINVAL).</summary>
    private static void MaskUnknown(ContainerPlan container, PlanValue target, string path)
    {
        PlanTrack child = container.Child;
        PlanValue cover = FileSystemMount.Clone(
            container,
            child,
            NullDevice(container),
            "",
            recursive: false,
            $"taking /dev/null to mask {path}"
        );
        PlanValue result = FileSystemMount.AttachOn(container, child, cover, target, $"masking {path}", Einval);
        child.Close(cover);
        using (child.Unless(result, PlanComparison.Equal, 0))
        {
            PlanValue directory = EmptyDirectory(container);
            FileSystemMount.AttachOn(container, child, directory, target, $"masking {path}");
            child.Close(directory);
        }

        container.Child.Release(result);
    }

    private static PlanValue EmptyDirectory(ContainerPlan container)
    {
        PlanTrack child = container.Child;
        PlanValue context = FileSystemMount.Open(container, child, "tmpfs", "masked directories");
        FileSystemMount.Label(container, child, context, "tmpfs");
        return FileSystemMount.Finish(
            container,
            child,
            context,
            MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
            "an empty tmpfs for masked directories"
        );
    }

    private static PlanValue NullDevice(ContainerPlan container)
    {
        if (container.NullDevice is { } known)
        {
            return known;
        }

        PlanValue device = container.Child.Open(
            "opening the host's /dev/null",
            PlanValue.CurrentDirectory,
            container.Plan.Utf8("/dev/null"),
            O_PATH | O_NOFOLLOW
        );
        container.Child.ExpectFileType("checking that /dev/null is the null device", device, S_IFCHR, DeviceSteps.DeviceNumber(1, 3));
        container.NullDevice = device;
        return device;
    }

    private static void MakeReadOnly(ContainerPlan container, string path)
    {
        PlanTrack child = container.Child;
        if (KernelPlace(container, path) is { } place)
        {
            if (container.Facts.KindOf(path) != HostPathKind.Missing)
            {
                PlanValue tree = FileSystemMount.Clone(
                    container,
                    child,
                    place.Directory,
                    place.Name,
                    recursive: true,
                    $"opening {path} to make it read-only"
                );
                MountAttributes.Apply(container, child, $"making {path} read-only", tree, MOUNT_ATTR_RDONLY, 0, recursive: true);
                FileSystemMount.AttachAt(container, child, tree, place.Directory, place.Name, $"attaching {path} read-only");
                child.Close(tree);
            }

            return;
        }

        PlanValue target = child.Resolve(
            $"opening {path} to make it read-only",
            container.Root,
            container.Plan.Utf8(path),
            PlanMake.Nothing,
            accept: Enoent
        );
        using (child.Unless(target, PlanComparison.Less, 0))
        {
            PlanValue tree = FileSystemMount.Clone(container, child, target, "", recursive: true, $"opening {path} to make it read-only");
            MountAttributes.Apply(container, child, $"making {path} read-only", tree, MOUNT_ATTR_RDONLY, 0, recursive: true);
            FileSystemMount.AttachOn(container, child, tree, target, $"attaching {path} read-only");
            child.Close(tree);
            child.Close(target);
        }
    }
}
