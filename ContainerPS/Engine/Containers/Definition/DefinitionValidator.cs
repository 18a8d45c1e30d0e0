using System.Globalization;
using System.Net;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Containers.Definition;

/// <summary>
/// Everything that can be known to be wrong with a definition before anything is acquired. What only the image can tell (a user's name, the
/// working directory, the command) is told by the start.
/// </summary>
internal static class DefinitionValidator
{
    public static void Validate(ContainerDefinition definition)
    {
        ValidateSource(definition);
        if (definition.Name is not null)
        {
            ContainerName.Validate(definition.Name);
        }

        ValidateProcess(definition);
        ValidateHostNames(definition);
        foreach (Mount mount in definition.Mounts)
        {
            ValidateMount(mount);
        }

        foreach (ContainerDevice device in definition.Devices)
        {
            ValidateDevice(device);
        }

        foreach (string? capability in definition.CapAdd.Concat(definition.CapDrop))
        {
            ValidateCapability(capability);
        }

        ValidateNamespaces(definition);
        if (definition.Seccomp is { } seccomp && seccomp is not ("default" or "unconfined") && !File.Exists(seccomp))
        {
            throw Invalid.Path($"The seccomp profile '{seccomp}' does not exist.", seccomp);
        }

        ValidateNumbers(definition);
        LimitValidator.Validate(definition.Limits);
    }

    private static void ValidateSource(ContainerDefinition definition)
    {
        int sources = new[] { definition.Image, definition.RootFs, definition.OciSpecPath }.Count(source => source is not null);
        if (sources != 1)
        {
            throw Invalid.Argument("A container is made of exactly one of: an image, a root file system directory, an OCI bundle.");
        }

        if (definition.RootFs is not { } rootFs)
        {
            return;
        }

        if (rootFs.Length == 0 || rootFs[0] != '/')
        {
            throw Invalid.Argument($"The root file system '{rootFs}' is no absolute path.", rootFs);
        }

        if (!Directory.Exists(rootFs))
        {
            throw Invalid.Path($"The root file system '{rootFs}' is no directory.", rootFs);
        }
        // overlay's option string separates lower directories by colons; the newer mount calls do not, the older kernels' do.
        if (rootFs.AsSpan().ContainsAny(':', ',', '\\'))
        {
            throw Invalid.Argument(
                $"The root file system '{rootFs}' has a ':', ',' or '\\' in its path, which overlay cannot take.",
                rootFs
            );
        }
    }

    private static void ValidateProcess(ContainerDefinition definition)
    {
        ProcessSyntax.Validate(
            [.. definition.Entrypoint ?? [], .. definition.Command ?? []],
            definition.Env,
            definition.User,
            definition.WorkingDir
        );

        foreach ((string name, string value) in definition.Sysctls)
        {
            if (name.Length == 0 || ProcessSyntax.HasNul(name) || ProcessSyntax.HasNul(value))
            {
                throw Invalid.Argument($"The kernel parameter '{name}' has no name, or a NUL character.", name);
            }
        }

        foreach (Ulimit limit in definition.Ulimits)
        {
            ValidateUlimit(limit);
        }
    }

    private static bool IsHostName(string name) =>
        name.Length is > 0 and <= 63 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.');

    private static void ValidateHostNames(ContainerDefinition definition)
    {
        if (definition.Hostname is { } name && !IsHostName(name))
        {
            throw Invalid.Argument($"'{name}' cannot be a host name.", name, "It has 1 to 63 letters, digits, '-' and '.'.");
        }

        if (definition.Domainname is { } domain && !IsHostName(domain))
        {
            throw Invalid.Argument($"'{domain}' cannot be a domain name.", domain, "It has 1 to 63 letters, digits, '-' and '.'.");
        }

        if (definition.UtsMode == "host" && (definition.Hostname ?? definition.Domainname) is { } own)
        {
            throw Invalid.Argument($"The host name '{own}' cannot be set: the container uses the host's UTS namespace.", own);
        }

        foreach (string server in definition.Dns)
        {
            if (!IPAddress.TryParse(server, out _))
            {
                throw Invalid.Argument($"The name server '{server}' is no IP address.", server);
            }
        }

        foreach (string entry in definition.ExtraHosts)
        {
            int colon = entry.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0 || !IPAddress.TryParse(entry.AsSpan(colon + 1), out _))
            {
                throw Invalid.Argument($"The host entry '{entry}' is not name:address.", entry);
            }
        }
    }

    private static void ValidateMount(Mount mount)
    {
        if (mount.Destination.Length == 0 || mount.Destination[0] != '/' || ProcessSyntax.HasNul(mount.Destination))
        {
            throw Invalid.Argument($"The mount point '{mount.Destination}' is no absolute path.", mount.Destination);
        }

        if (mount.Destination.All(c => c == '/'))
        {
            throw Invalid.Argument("Nothing can be mounted on the container's root itself.", mount.Destination);
        }

        if (mount.Type == MountType.Tmpfs)
        {
            return;
        }

        if (mount.Source is not { Length: > 0 } source || source[0] != '/')
        {
            throw Invalid.Argument($"The source '{mount.Source}' of the mount on '{mount.Destination}' is no absolute path.", mount.Source);
        }

        if (!Path.Exists(source))
        {
            throw Invalid.Path($"The source '{source}' of the mount on '{mount.Destination}' does not exist.", source, "Create it first.");
        }
    }

    private static void ValidateDevice(ContainerDevice device)
    {
        if (device.Access.Length == 0 || device.Access.Any(c => c is not ('r' or 'w' or 'm')))
        {
            throw Invalid.Argument($"The access '{device.Access}' to '{device.HostPath}' is not made of r, w and m.", device.Access);
        }

        if (device.ContainerPath.Length == 0 || device.ContainerPath[0] != '/' || ProcessSyntax.HasNul(device.ContainerPath))
        {
            throw Invalid.Argument($"The device path '{device.ContainerPath}' is no absolute path.", device.ContainerPath);
        }

        if (
            ProcessSyntax.HasNul(device.HostPath)
            || !Files.TryStatusAt(FileDescriptor.CurrentDirectory, device.HostPath, out FileStatus status, followSymlink: true)
        )
        {
            throw Invalid.Path($"There is no device '{device.HostPath}'.", device.HostPath);
        }

        if (!status.IsBlockDevice && !status.IsCharacterDevice)
        {
            throw Invalid.Argument($"'{device.HostPath}' is no device.", device.HostPath);
        }
    }

    private static void ValidateCapability(string name)
    {
        if (!CapabilitySet.TryParse(name, out _))
        {
            throw Invalid.Argument(
                $"There is no capability '{name}'.",
                name,
                "Their names are those of man 7 capabilities, with or without CAP_."
            );
        }
    }

    private static void ValidateNamespaces(ContainerDefinition definition)
    {
        _ = NamespaceMode.Parse(definition.NetworkMode, "The network", "none");
        _ = NamespaceMode.Parse(definition.PidMode, "The pid namespace");
        // Named shared memory lies in /dev/shm, a mount of the other container's own mount namespace, which no other one may take a mount
        // from.
        if (NamespaceMode.Parse(definition.IpcMode, "The ipc namespace").Owner == NamespaceOwner.Container)
        {
            throw Invalid.Argument(
                $"The ipc namespace '{definition.IpcMode}' cannot be joined: /dev/shm of another container cannot be shared.",
                definition.IpcMode,
                "Use private, host, or ns:PATH, which shares System V objects and message queues alone."
            );
        }

        _ = NamespaceMode.Parse(definition.UtsMode, "The uts namespace");
    }

    private static bool IsNoGroup(string part) => part is "." or ".." || part.AsSpan().ContainsAny('\n', '\0');

    /// <summary>Of a record that is read too: a number that no container was made with is damage.</summary>
    public static void ValidateNumbers(ContainerDefinition definition)
    {
        if (definition.OomScoreAdj is < -1000 or > 1000)
        {
            throw Invalid.Argument($"The OOM score adjustment {definition.OomScoreAdj} is not between -1000 and 1000.");
        }

        if (definition.StopTimeout is { } timeout && timeout < TimeSpan.Zero)
        {
            throw Invalid.Argument("The stop timeout is negative.");
        }

        if (definition.LogMaxSize < 4096)
        {
            throw Invalid.Argument(
                string.Create(CultureInfo.InvariantCulture, $"A log file of {definition.LogMaxSize} bytes is too small: 4096 at least.")
            );
        }

        if (definition.LogMaxFile is < 1 or > 1000)
        {
            throw Invalid.Argument($"The number of log files {definition.LogMaxFile} is not between 1 and 1000.");
        }

        if (definition.ShmSize < 0)
        {
            throw Invalid.Argument("The size of /dev/shm is negative.");
        }

        if (definition.CgroupParent is { } parent && (parent.Length == 0 || parent.Split('/').Any(IsNoGroup)))
        {
            throw Invalid.Argument($"The cgroup parent '{parent}' is no path within the hierarchy.", parent);
        }

        if (definition.StopSignal is { } signal && (int)signal is < 1 or > 64)
        {
            throw Invalid.Argument($"There is no signal {(int)definition.StopSignal}.");
        }
    }

    private static void ValidateUlimit(Ulimit limit)
    {
        if (!UlimitNames.Contains(limit.Name))
        {
            throw Invalid.Argument($"There is no resource limit '{limit.Name}'.", limit.Name, $"One of: {string.Join(", ", UlimitNames)}.");
        }

        if (limit.Hard != -1 && (limit.Soft == -1 || limit.Soft > limit.Hard))
        {
            throw Invalid.Argument($"The soft limit of {limit} is above its hard limit.", limit.Name);
        }
    }

    private static readonly string[] UlimitNames =
    [
        "as",
        "core",
        "cpu",
        "data",
        "fsize",
        "locks",
        "memlock",
        "msgqueue",
        "nice",
        "nofile",
        "nproc",
        "rss",
        "rtprio",
        "rttime",
        "sigpending",
        "stack",
    ];
}
