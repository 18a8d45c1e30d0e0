using System.Text.Json;

namespace ContainerPS.Native.Oci;

/// <summary>The Linux part of a bundle (config-linux.md).</summary>
public sealed record Linux
{
    public IReadOnlyList<LinuxIdMapping>? UidMappings { get; init; }
    public IReadOnlyList<LinuxIdMapping>? GidMappings { get; init; }
    public IReadOnlyDictionary<string, string>? Sysctl { get; init; }
    public LinuxResources? Resources { get; init; }
    public string? CgroupsPath { get; init; }
    public IReadOnlyList<LinuxNamespace>? Namespaces { get; init; }
    public IReadOnlyList<LinuxDevice>? Devices { get; init; }
    public LinuxSeccomp? Seccomp { get; init; }
    public string? RootfsPropagation { get; init; }
    public IReadOnlyList<string>? MaskedPaths { get; init; }
    public IReadOnlyList<string>? ReadonlyPaths { get; init; }
    public string? MountLabel { get; init; }
    public JsonElement? IntelRdt { get; init; }
    public LinuxPersonality? Personality { get; init; }
    public IReadOnlyDictionary<string, LinuxTimeOffset>? TimeOffsets { get; init; }
}

public sealed record LinuxIdMapping
{
    public uint ContainerID { get; init; }
    public uint HostID { get; init; }
    public uint Size { get; init; }
}

/// <summary>Type is pid, network, mount, ipc, uts, user, cgroup or time. Without a path a new one is made, with one it is joined.</summary>
public sealed record LinuxNamespace
{
    public string Type { get; init; } = "";
    public string? Path { get; init; }
}

/// <summary>A device node. Type is <c>c</c> (or <c>u</c>), <c>b</c> or <c>p</c>; FileMode is permission bits.</summary>
public sealed record LinuxDevice
{
    public string Path { get; init; } = "";
    public string Type { get; init; } = "";
    public long Major { get; init; }
    public long Minor { get; init; }
    public uint? FileMode { get; init; }
    public uint? Uid { get; init; }
    public uint? Gid { get; init; }
}

/// <summary>personality(2): Domain is <c>LINUX</c> or <c>LINUX32</c>.</summary>
public sealed record LinuxPersonality
{
    public string Domain { get; init; } = "";
    public IReadOnlyList<string>? Flags { get; init; }
}

public sealed record LinuxTimeOffset
{
    public long Secs { get; init; }
    public uint Nanosecs { get; init; }
}
