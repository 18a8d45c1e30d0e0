using ContainerPS.Native.Linux;
using ContainerPS.Native.Oci;
using Oci = ContainerPS.Native.Oci;

namespace ContainerPS.Engine.Containers.Bundle;

/// <summary>Devices of a container and the rules of its device cgroup.</summary>
internal static class SpecDevices
{
    private static readonly Oci.LinuxDeviceCgroup DenyAll = new() { Allow = false, Access = "rwm" };
    private static readonly Oci.LinuxDeviceCgroup AllowAll = new() { Allow = true, Access = "rwm" };

    /// <summary>Docker's: any node may be made, these may be opened (null, zero, full, random, urandom, tty, console, ptmx, pts).</summary>
    private static readonly Oci.LinuxDeviceCgroup[] Usual =
    [
        Rule("c", null, null, "m"),
        Rule("b", null, null, "m"),
        Rule("c", 1, 3),
        Rule("c", 1, 5),
        Rule("c", 1, 7),
        Rule("c", 1, 8),
        Rule("c", 1, 9),
        Rule("c", 5, 0),
        Rule("c", 5, 1),
        Rule("c", 5, 2),
        Rule("c", 136, null),
    ];

    private static readonly IReadOnlyList<Oci.LinuxDeviceCgroup> UsualRules = [DenyAll, .. Usual];

    public static IReadOnlyList<Oci.LinuxDeviceCgroup> Rules(ContainerDefinition definition) =>
        definition.Privileged ? [AllowAll]
        : definition.Devices.Count == 0 ? UsualRules
        : [.. UsualRules, .. definition.Devices.Select(device => RuleOf(device))];

    public static IReadOnlyList<Oci.LinuxDevice>? Nodes(ContainerDefinition definition)
    {
        IEnumerable<(string Host, string Container)> wanted = definition.Devices.Select(device => (device.HostPath, device.ContainerPath));
        if (definition.Privileged)
        {
            wanted = wanted.Concat(HostNodes().Select(path => (path, path)));
        }

        LinuxDevice[] nodes = wanted
            .Select(pair => Node(pair.Host, pair.Container))
            .OfType<Oci.LinuxDevice>()
            .DistinctBy(node => node.Path)
            .ToArray();
        return nodes.Length == 0 ? null : nodes;
    }

    private static Oci.LinuxDeviceCgroup Rule(string type, long? major, long? minor, string access = "rwm") =>
        new()
        {
            Allow = true,
            Type = type,
            Major = major,
            Minor = minor,
            Access = access,
        };

    private static Oci.LinuxDeviceCgroup RuleOf(ContainerDevice device)
    {
        FileStatus status = Files.Status(device.HostPath);
        return Rule(status.IsBlockDevice ? "b" : "c", status.DeviceMajor, status.DeviceMinor, device.Access);
    }

    private static Oci.LinuxDevice? Node(string hostPath, string containerPath)
    {
        if (!Files.TryStatusAt(FileDescriptor.CurrentDirectory, hostPath, out FileStatus status, followSymlink: true))
        {
            return null;
        }

        if (!status.IsBlockDevice && !status.IsCharacterDevice)
        {
            return null;
        }

        return new Oci.LinuxDevice
        {
            Path = containerPath,
            Type = status.IsBlockDevice ? "b" : "c",
            Major = status.DeviceMajor,
            Minor = status.DeviceMinor,
            FileMode = status.Permissions,
            Uid = status.Uid,
            Gid = status.Gid,
        };
    }

    /// <summary>Device nodes of the host's /dev, for a privileged container; terminals, queues and shared memory are its own.</summary>
    private static IEnumerable<string> HostNodes() =>
        Directory
            .EnumerateFiles(
                "/dev",
                "*",
                new EnumerationOptions
                {
                    RecurseSubdirectories = true,
                    IgnoreInaccessible = true,
                    AttributesToSkip = FileAttributes.ReparsePoint,
                }
            )
            .Where(path => !Own.Contains(path) && !OwnFolders.Any(own => path.StartsWith(own, StringComparison.Ordinal)));

    private static readonly string[] OwnFolders = ["/dev/pts/", "/dev/shm/", "/dev/mqueue/", "/dev/fd/"];

    // Whole names: ttyS0 and ttyUSB0 are devices of the host.
    private static readonly string[] Own =
    [
        "/dev/console",
        "/dev/ptmx",
        "/dev/tty",
        "/dev/null",
        "/dev/zero",
        "/dev/full",
        "/dev/random",
        "/dev/urandom",
    ];
}
