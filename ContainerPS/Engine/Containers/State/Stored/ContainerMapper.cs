using System.Text.Json;
using ContainerPS.Engine.Containers.Definition;

namespace ContainerPS.Engine.Containers.State.Stored;

/// <summary>
/// Between container.json and what the engine works with. A rewrite keeps what a newer version wrote in the document, in its definition and
/// in the members of its lists that are still there.
/// </summary>
internal static class ContainerMapper
{
    /// <exception cref="JsonException">A member has a value that this version cannot read, or that no container can have.</exception>
    public static ContainerRecord ToRecord(StoredContainer stored, string id)
    {
        ContainerRecord record = ToRecord(stored);
        Demand(record.Id == id, "id", record.Id);
        Demand(IsCgroupPathOf(record.CgroupPath, id), "cgroupPath", record.CgroupPath);
        Demand(record.Process.StopSignal is >= 1 and <= 64, "process.stopSignal", record.Process.StopSignal);
        try
        {
            ContainerName.Validate(record.Name);
            DefinitionValidator.ValidateNumbers(record.Definition);
        }
        catch (EngineException refused)
        {
            throw new JsonException(refused.Message, refused);
        }

        return record;
    }

    /// <summary>
    /// Whether this is a path that a container of the id is recorded with: absolute, with no step that leads elsewhere, and ending with the
    /// id. The processes of a cgroup are killed by its path: no other group must ever be taken for a container's.
    /// </summary>
    public static bool IsCgroupPathOf(string path, string id) =>
        path.StartsWith('/')
        && path.EndsWith("/" + id, StringComparison.Ordinal)
        && path.Split('/').Skip(1).All(part => part is not ("" or "." or "..") && !part.AsSpan().ContainsAny('\n', '\0'));

    private static void Demand<T>(bool isRight, string member, T value)
    {
        if (!isRight)
        {
            throw new JsonException($"The value '{value}' of {member} is none that this container can have.");
        }
    }

    private static ContainerRecord ToRecord(StoredContainer stored) =>
        new()
        {
            Id = stored.Id,
            Name = stored.Name,
            CreatedAt = stored.CreatedAt,
            Definition = DefinitionMapper.ToDefinition(stored.Definition),
            Image = stored.Image is { } image ? new ImageFacts(image.Reference, image.Id, image.Digest) : null,
            Process = new ProcessFacts
            {
                Entrypoint = Items(stored.Process.Entrypoint, "process.entrypoint"),
                Command = Items(stored.Process.Command, "process.command"),
                Env = Items(stored.Process.Env, "process.env"),
                WorkingDir = stored.Process.WorkingDir,
                User = stored.Process.User,
                StopSignal = stored.Process.StopSignal,
            },
            RootFs = new RootFsFacts(Items(stored.RootFs.LowerDirs, "rootFs.lowerDirs"), stored.RootFs.ReadOnly),
            CgroupPath = stored.CgroupPath,
            FirstStart = stored.FirstStart,
            Namespaces =
            [
                .. Items(stored.Namespaces, "namespaces")
                    .Select(ns => new NamespaceInfo
                    {
                        Type = ns.Type,
                        Path = ns.Path,
                        SharedWith = ns.SharedWith,
                        IsHost = ns.IsHost,
                    }),
            ],
            Security = new ContainerSecurity
            {
                Privileged = stored.Security.Privileged,
                Capabilities = Items(stored.Security.Capabilities, "security.capabilities"),
                SeccompProfile = stored.Security.SeccompProfile,
                AppArmorProfile = stored.Security.AppArmorProfile,
                SELinuxLabel = stored.Security.SeLinuxLabel,
                NoNewPrivileges = stored.Security.NoNewPrivileges,
                ReadonlyRootfs = stored.Security.ReadonlyRootfs,
                MaskedPaths = Items(stored.Security.MaskedPaths, "security.maskedPaths"),
                ReadonlyPaths = Items(stored.Security.ReadonlyPaths, "security.readonlyPaths"),
            },
            Origin = stored,
        };

    public static StoredContainer ToStored(ContainerRecord record) =>
        new()
        {
            Schema = Math.Max(record.Origin?.Schema ?? 1, StoredContainer.CurrentSchema),
            MinReader = Math.Max(record.Origin?.MinReader ?? 1, StoredContainer.OldestReader),
            Id = record.Id,
            Name = record.Name,
            CreatedAt = record.CreatedAt,
            Definition = DefinitionMapper.ToStored(record.Definition, record.Origin?.Definition),
            Image = record.Image is { } image
                ? new StoredImage
                {
                    Reference = image.Reference,
                    Id = image.Id,
                    Digest = image.Digest,
                    Kept = record.Origin?.Image?.Kept,
                }
                : null,
            Process = new StoredProcess
            {
                Entrypoint = OrNull(record.Process.Entrypoint),
                Command = OrNull(record.Process.Command),
                Env = OrNull(record.Process.Env),
                WorkingDir = record.Process.WorkingDir,
                User = record.Process.User,
                StopSignal = record.Process.StopSignal,
                Kept = record.Origin?.Process.Kept,
            },
            RootFs = new StoredRootFs
            {
                LowerDirs = OrNull(record.RootFs.LowerDirs),
                ReadOnly = record.RootFs.ReadOnly,
                Kept = record.Origin?.RootFs.Kept,
            },
            CgroupPath = record.CgroupPath,
            FirstStart = record.FirstStart,
            Namespaces =
            [
                .. record.Namespaces.Select(ns => new StoredNamespace
                {
                    Type = ns.Type,
                    Path = ns.Path,
                    SharedWith = ns.SharedWith,
                    IsHost = ns.IsHost,
                    Kept = KeptOf(record.Origin?.Namespaces, before => before.Type == ns.Type),
                }),
            ],
            Security = new StoredSecurity
            {
                Privileged = record.Security.Privileged,
                Capabilities = OrNull(record.Security.Capabilities),
                SeccompProfile = record.Security.SeccompProfile,
                AppArmorProfile = record.Security.AppArmorProfile,
                SeLinuxLabel = record.Security.SELinuxLabel,
                NoNewPrivileges = record.Security.NoNewPrivileges,
                ReadonlyRootfs = record.Security.ReadonlyRootfs,
                MaskedPaths = OrNull(record.Security.MaskedPaths),
                ReadonlyPaths = OrNull(record.Security.ReadonlyPaths),
                Kept = record.Origin?.Security.Kept,
            },
            Kept = record.Origin?.Kept,
        };

    /// <summary>A list of which no item is null; empty for none.</summary>
    public static IReadOnlyList<T> Items<T>(IReadOnlyList<T>? items, string member)
        where T : class
    {
        for (int i = 0; i < items?.Count; i++)
        {
            if (items[i] is null)
            {
                throw new JsonException($"An item of {member} is null.");
            }
        }

        return items ?? [];
    }

    public static IReadOnlyList<T>? OrNull<T>(IReadOnlyList<T> items) => items.Count == 0 ? null : items;

    /// <summary>What a newer version wrote in the item of a list.</summary>
    public static Dictionary<string, JsonElement>? KeptOf<T>(IReadOnlyList<T>? before, Func<T, bool> isSame)
        where T : StoredRecord => before?.FirstOrDefault(isSame)?.Kept;
}
