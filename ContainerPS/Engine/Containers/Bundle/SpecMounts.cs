using System.Globalization;
using ContainerPS.Engine.Containers.State;
using ContainerPS.Native.Linux;
using Oci = ContainerPS.Native.Oci;

namespace ContainerPS.Engine.Containers.Bundle;

/// <summary>All mounts of a container: the default ones, the files the engine writes for it, and its own.</summary>
internal static class SpecMounts
{
    public static IReadOnlyList<Oci.Mount> For(ContainerDefinition definition, ContainerPaths paths, string? shmSource)
    {
        IReadOnlyList<Mount> own = definition.Mounts;
        // A mount of one's own on a default's place takes that place: /dev/shm and /etc/hosts are given so.
        return
        [
            .. DefaultMounts.For(definition, shmSource).Where(mount => !Taken(own, mount.Destination)),
            .. HostFiles(paths).Where(mount => !Taken(own, mount.Destination)),
            .. own.OrderBy(Depth).Select(Convert),
        ];
    }

    private static bool Taken(IReadOnlyList<Mount> own, string destination)
    {
        foreach (Mount mount in own)
        {
            if (mount.Destination.AsSpan().TrimEnd('/').SequenceEqual(destination))
            {
                return true;
            }
        }

        return false;
    }

    private static IEnumerable<Oci.Mount> HostFiles(ContainerPaths paths) =>
        [
            Bind(paths.ResolvConf, "/etc/resolv.conf", "bind", "rprivate"),
            Bind(paths.Hostname, "/etc/hostname", "bind", "rprivate"),
            Bind(paths.Hosts, "/etc/hosts", "bind", "rprivate"),
        ];

    // The outer one first, or it would cover the inner one.
    private static int Depth(Mount mount) => mount.Destination.Count(c => c == '/');

    private static Oci.Mount Convert(Mount mount) =>
        mount.Type == MountType.Tmpfs
            ? new Oci.Mount
            {
                Destination = mount.Destination,
                Type = "tmpfs",
                Source = "tmpfs",
                Options = [.. TmpfsOptions(mount)],
            }
            : Bind(mount.Source!, mount.Destination, [.. BindOptions(mount)]);

    private static IEnumerable<string> TmpfsOptions(Mount mount)
    {
        yield return "nosuid";
        yield return "nodev";
        yield return "noexec";
        yield return "mode=" + System.Convert.ToString(mount.TmpfsMode ?? (int)Modes.Mode1777, 8);
        if (mount.TmpfsSize is { } size)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"size={size}");
        }

        if (mount.ReadOnly)
        {
            yield return "ro";
        }
    }

    private static IEnumerable<string> BindOptions(Mount mount)
    {
        yield return "rbind";
        yield return mount.Propagation.ToString().ToLowerInvariant();
        if (mount.ReadOnly)
        {
            yield return "ro";
        }
    }

    private static Oci.Mount Bind(string source, string destination, params string[] options) =>
        new()
        {
            Destination = destination,
            Type = "bind",
            Source = source,
            Options = options,
        };
}
