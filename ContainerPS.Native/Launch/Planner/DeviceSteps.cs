using ContainerPS.Native.Linux;
using ContainerPS.Native.Mounts;
using ContainerPS.Native.Namespaces;
using ContainerPS.Native.Oci;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Launch.Planner;

/// <summary>Nodes and links in /dev (config-linux.md "Default Devices"). A /dev that is a bind mount is left as it is.</summary>
internal static class DeviceSteps
{
    private const int Eexist = 17;

    private static readonly LinuxDevice[] _defaults =
    [
        Node("/dev/null", 1, 3),
        Node("/dev/zero", 1, 5),
        Node("/dev/full", 1, 7),
        Node("/dev/random", 1, 8),
        Node("/dev/urandom", 1, 9),
        Node("/dev/tty", 5, 0),
    ];

    private static readonly (string Name, string Target)[] _links =
    [
        ("fd", "/proc/self/fd"),
        ("stdin", "/proc/self/fd/0"),
        ("stdout", "/proc/self/fd/1"),
        ("stderr", "/proc/self/fd/2"),
        ("ptmx", "pts/ptmx"),
    ];

    public static void Write(ContainerPlan container)
    {
        if (IsBound(container))
        {
            return;
        }

        bool own = container.OwnTmpfs.Contains("/dev");
        PlanValue directory = own
            ? container.OwnMounts["/dev"]
            : container.Child.Resolve(
                "opening /dev",
                container.Root,
                container.Plan.Utf8("/dev"),
                PlanMake.Directory,
                openFlags: O_PATH | O_DIRECTORY
            );
        foreach (LinuxDevice device in Devices(container))
        {
            WriteDevice(container, directory, device);
        }

        foreach ((string? name, string? target) in _links)
        {
            container.Child.Call(
                $"linking /dev/{name}",
                SystemCall.symlinkat,
                [container.Plan.Utf8(target), directory, container.Plan.Utf8(name)],
                Eexist
            );
        }

        if (!own)
        {
            container.Child.Close(directory);
        }
    }

    /// <summary>
    /// Those of the spec stand for defaults of the same path; the host's /dev/ptmx, which a privileged container is given, would lead to
    /// the host's terminals.
    /// </summary>
    public static IEnumerable<LinuxDevice> Devices(ContainerPlan container)
    {
        LinuxDevice[] given = (container.Linux.Devices ?? []).Where(device => ContainerPath.Clean(device.Path) != "/dev/ptmx").ToArray();
        return _defaults.Where(device => given.All(other => ContainerPath.Clean(other.Path) != device.Path)).Concat(given);
    }

    private static bool IsBound(ContainerPlan container) =>
        (container.Spec.Mounts ?? []).Any(mount =>
            ContainerPath.Clean(mount.Destination) == "/dev" && (mount.Type == "bind" || MountOptions.Parse(mount.Options).IsBind)
        );

    private static void WriteDevice(ContainerPlan container, PlanValue directory, LinuxDevice device)
    {
        string path = ContainerPath.Clean(device.Path);
        string name = ContainerPath.Relative(path, "/dev");
        if (!ContainerPath.IsWithin(path, "/dev") || name.Contains('/', StringComparison.Ordinal))
        {
            WriteElsewhere(container, device, path);
        }
        else if (container.Namespaces.MakesNew(NamespaceType.User))
        {
            Bind(container, device, path);
        }
        else
        {
            Make(container, directory, name, device, path);
        }
    }

    private static void WriteElsewhere(ContainerPlan container, LinuxDevice device, string path)
    {
        if (container.Namespaces.MakesNew(NamespaceType.User))
        {
            Bind(container, device, path);
            return;
        }

        PlanValue parent = container.Child.Resolve(
            $"preparing the directory of {path}",
            container.Root,
            container.Plan.Utf8(path),
            PlanMake.Parent,
            openFlags: O_PATH | O_DIRECTORY
        );
        Make(container, parent, Path.GetFileName(path), device, path);
        container.Child.Close(parent);
    }

    private static void Make(ContainerPlan container, PlanValue directory, string name, LinuxDevice device, string path)
    {
        (PlanBuilder? plan, PlanTrack? child) = (container.Plan, container.Child);
        int type = device.Type switch
        {
            "c" or "u" => S_IFCHR,
            "b" => S_IFBLK,
            "p" => S_IFIFO,
            _ => throw new LaunchException(LaunchFailure.Setup, $"The device {path} has the unknown type '{device.Type}'."),
        };
        uint mode = (uint)type | ((device.FileMode ?? Modes.Mode0666) & Modes.AllBits);
        long number = device.Type == "p" ? 0 : DeviceNumber(device.Major, device.Minor);
        ReadOnlySpan<PlanValue> arguments =
        [
            directory,
            plan.Utf8(name),
            PlanValue.Constant(plan, mode, $"0{Convert.ToString(mode, 8)}"),
            number,
        ];
        if ((device.Uid ?? 0) == 0 && (device.Gid ?? 0) == 0)
        {
            child.Call($"making the device {path}", SystemCall.mknodat, arguments, Eexist);
            return;
        }

        PlanValue made = child.CallInto($"making the device {path}", SystemCall.mknodat, arguments, Eexist);
        // A node of the image that was there already keeps its owner.
        using (child.Unless(made, PlanComparison.Less, 0))
        {
            child.Call(
                $"giving {path} its owner",
                SystemCall.fchownat,
                [
                    directory,
                    plan.Utf8(name),
                    device.Uid ?? 0,
                    device.Gid ?? 0,
                    PlanValue.Constant(AT_SYMLINK_NOFOLLOW, "AT_SYMLINK_NOFOLLOW"),
                ]
            );
        }

        child.Release(made);
    }

    /// <summary>A user namespace may not make nodes; the host's own are bound.</summary>
    private static void Bind(ContainerPlan container, LinuxDevice device, string path)
    {
        PlanValue tree = FileSystemMount.Clone(
            container,
            container.Child,
            PlanValue.CurrentDirectory,
            device.Path,
            recursive: false,
            $"opening the host's {path}"
        );
        MountSteps.Attach(container, tree, path, PlanMake.File, $"binding the host's {path}", 0);
        container.Child.Close(tree);
    }

    /// <summary>makedev(3) as the kernel reads it from mknod: the minor's low byte, the major, the minor's rest.</summary>
    internal static long DeviceNumber(long major, long minor) => minor & 0xff | major << 8 | (minor & ~0xffL) << 12;

    private static LinuxDevice Node(string path, long major, long minor) =>
        new()
        {
            Path = path,
            Type = "c",
            Major = major,
            Minor = minor,
            FileMode = Modes.Mode0666,
            Uid = 0,
            Gid = 0,
        };
}
