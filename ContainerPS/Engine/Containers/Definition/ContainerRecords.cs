using ContainerPS.Engine.Containers.Bundle;
using ContainerPS.Engine.Containers.State;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Containers.Definition;

/// <summary>Puts a definition and what it is made of together into a record.</summary>
internal static class ContainerRecords
{
    private static readonly string[] NamespaceTypes = ["mount", "cgroup", "network", "pid", "ipc", "uts", "user", "time"];

    /// <param name="definition">Validated.</param>
    /// <param name="source">Resolved.</param>
    /// <param name="id">New.</param>
    /// <param name="cgroupPath">Where its cgroup will be.</param>
    /// <param name="idOf">The id of the container with a name, id or prefix.</param>
    public static ContainerRecord Compose(
        ContainerDefinition definition,
        ContainerSource source,
        string id,
        string cgroupPath,
        Func<string, string> idOf
    ) =>
        new()
        {
            Id = id,
            Name = definition.Name ?? NameGenerator.For(id),
            CreatedAt = DateTimeOffset.UtcNow,
            Definition = definition,
            Image = source.Image is { } image ? new ImageFacts(source.Reference, image.Id, image.Digest) : null,
            Process = source.ParsedSpec is null ? Process(definition, source.Config, id) : FromSpec(source.ParsedSpec, definition),
            RootFs = new RootFsFacts([], definition.ReadOnly),
            CgroupPath = cgroupPath,
            Namespaces = source.ParsedSpec is { } spec ? Namespaces(spec) : Namespaces(definition, idOf),
            Security = SpecSecurity.Describe(definition),
        };

    private static ProcessFacts Process(ContainerDefinition definition, ImageConfig image, string id)
    {
        // As in Docker: an entry point of one's own leaves the image's command out.
        IReadOnlyList<string> entrypoint = definition.Entrypoint ?? image.Entrypoint;
        IReadOnlyList<string> command = definition.Command ?? (definition.Entrypoint is null ? image.Cmd : []);
        if (entrypoint.Count + command.Count == 0)
        {
            throw Invalid.Argument(
                "There is no command: neither the definition nor the image names one.",
                definition.Image ?? definition.RootFs,
                "Name the command to run."
            );
        }

        if ((entrypoint.Count > 0 ? entrypoint[0] : command[0]).Length == 0)
        {
            throw Invalid.Argument("The command is empty.");
        }

        return new ProcessFacts
        {
            Entrypoint = entrypoint,
            Command = command,
            Env = ContainerEnvironment.Merge(
                definition.Env,
                [$"PATH={ContainerDefaults.Path}", $"HOSTNAME={definition.Hostname ?? id[..12]}"],
                image.Env
            ),
            WorkingDir = definition.WorkingDir ?? (image.WorkingDir.Length > 0 ? image.WorkingDir : "/"),
            User = User(definition, image),
            StopSignal = (int?)definition.StopSignal ?? ImageStopSignal(image),
        };
    }

    private static ProcessFacts FromSpec(Native.Oci.Spec spec, ContainerDefinition definition) =>
        new()
        {
            Command = spec.Process!.Args!,
            Env = spec.Process.Env ?? [],
            WorkingDir = spec.Process.Cwd ?? "/",
            User = FormattableString.Invariant($"{spec.Process.User?.Uid ?? 0}:{spec.Process.User?.Gid ?? 0}"),
            StopSignal = (int?)definition.StopSignal ?? ContainerDefaults.StopSignal,
        };

    private static string User(ContainerDefinition definition, ImageConfig image)
    {
        string user = definition.User ?? image.User;
        UserSyntax.Validate(user);
        return user;
    }

    private static int ImageStopSignal(ImageConfig image) =>
        SignalNames.TryParse(image.StopSignal, out Signal signal) ? (int)signal : ContainerDefaults.StopSignal;

    /// <summary>
    /// Of a bundle, as it says: a namespace that it does not list is the host's (runtime-spec config-linux.md, "Namespaces").
    /// </summary>
    private static IReadOnlyList<NamespaceInfo> Namespaces(Native.Oci.Spec spec) =>
        [
            .. NamespaceTypes.Select(type =>
                spec.Linux?.Namespaces?.FirstOrDefault(ns => ns.Type == type) is { } listed
                    ? new NamespaceInfo { Type = type, Path = string.IsNullOrEmpty(listed.Path) ? null : listed.Path }
                    : new NamespaceInfo { Type = type, IsHost = true }
            ),
        ];

    private static IReadOnlyList<NamespaceInfo> Namespaces(ContainerDefinition definition, Func<string, string> idOf)
    {
        return
        [
            new NamespaceInfo { Type = "mount" },
            new NamespaceInfo { Type = "cgroup" },
            Describe("network", NamespaceMode.Parse(definition.NetworkMode, "The network", "none")),
            Describe("pid", NamespaceMode.Parse(definition.PidMode, "The pid namespace")),
            Describe("ipc", NamespaceMode.Parse(definition.IpcMode, "The ipc namespace")),
            Describe("uts", NamespaceMode.Parse(definition.UtsMode, "The uts namespace")),
        ];

        NamespaceInfo Describe(string type, NamespaceMode mode) =>
            mode.Owner switch
            {
                NamespaceOwner.Host => new NamespaceInfo { Type = type, IsHost = true },
                NamespaceOwner.Path => new NamespaceInfo { Type = type, Path = mode.Value },
                NamespaceOwner.Container => new NamespaceInfo { Type = type, SharedWith = idOf(mode.Value) },
                _ => new NamespaceInfo { Type = type },
            };
    }
}
