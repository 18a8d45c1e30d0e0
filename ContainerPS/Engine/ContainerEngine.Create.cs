using ContainerPS.Engine.Common;
using ContainerPS.Engine.Containers.Bundle;
using ContainerPS.Engine.Containers.Definition;
using ContainerPS.Engine.Containers.State;
using ContainerPS.Engine.Images;
using ContainerPS.Native.Linux;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Engine;

public sealed partial class ContainerEngine
{
    /// <summary>Creates a container. Everything is validated before anything is acquired.</summary>
    public Container Create(ContainerDefinition definition)
    {
        using Created created = CreateLocked(definition);
        return created.Container;
    }

    /// <summary>
    /// What does not keep a definition from being created, and should be known: memory above the host's; and, once, files of removed
    /// containers that could not be deleted.
    /// </summary>
    public IReadOnlyList<string> Warnings(ContainerDefinition definition)
    {
        ArgumentNullException.ThrowIfNull(definition);
        return [.. LimitValidator.Warnings(definition.Limits), .. _trash.TakeFailures().Select(failure => failure.Message)];
    }

    /// <summary>A new container, with its lock still held.</summary>
    private sealed record Created(Container Container, FileLock Lock, SpareLayer? Layer) : IDisposable
    {
        public void Dispose()
        {
            Layer?.Dispose();
            Lock.Dispose();
        }
    }

    private Created CreateLocked(ContainerDefinition definition, bool startsAtOnce = false)
    {
        ArgumentNullException.ThrowIfNull(definition);
        DefinitionValidator.Validate(definition);
        Privileges.Demand("create a container");
        SweepOnce();
        var source = ContainerSource.Resolve(definition, Images);
        string id = ContainerName.NewId();
        ContainerRecord record = ContainerRecords.Compose(definition, source, id, CgroupPathOf(definition, id), OwnerOf);
        ValidateLimits(record);
        if (definition.Name is not null)
        {
            DemandFreeName(definition.Name);
        }

        using MountableRootFs rootFs = source.Prepare(Images);
        record = record with
        {
            FirstStart = startsAtOnce ? StartOf(definition, 1) : null,
            RootFs = new RootFsFacts(LowerDirectories.WithoutNested(rootFs.LowerDirs, source.Directory), definition.ReadOnly),
        };
        // Only of an image: what a directory holds may change between its overlay's making and its use.
        bool takesSpare =
            startsAtOnce && definition.AutoRemove && source.Directory is null && !record.Namespaces.Any(ns => ns.Type == "user");
        SpareLayer? spare = takesSpare ? _spares.TryTake(record.RootFs.LowerDirs) : null;
        return Rollback.Run(rollback => Materialise(record, source.Spec, spare, rollback));
    }

    private Created Materialise(ContainerRecord record, byte[]? spec, SpareLayer? spare, Rollback rollback)
    {
        if (spare is not null)
        {
            rollback.Add("deleting the spare layer", spare.Delete);
        }

        ContainerPaths paths = _store.PathsOf(record.Id, isVolatile: record.Definition.AutoRemove);
        FileLock held = _store.Lock(record.Id, $"Creating the container {record.Name}");
        rollback.Add(
            "releasing the lock",
            () =>
            {
                held.RemoveFile();
                held.Dispose();
            }
        );
        if (spare?.TryMoveTo(paths.Directory) != true)
        {
            spare = null;
            Files.MakeDirectory(paths.Directory, Modes.Mode0700);
        }

        rollback.Add("removing the container's directory", () => Files.RemoveTree(paths.Directory));
        ReserveName(record, paths);
        rollback.Add("releasing the name", () => _store.ReleaseName(record.Name, record.Id));
        if (paths.IsVolatile || record.FirstStart is not null)
        {
            rollback.Add("removing the run directory", () => Files.RemoveTree(paths.RunDirectory));
            PrepareRunDirectory(paths, keepState: false);
        }

        if (spare is null)
        {
            Files.MakeDirectory(paths.Upper, Modes.Mode0755);
            Files.MakeDirectory(paths.Work, Modes.Mode0700);
        }

        WriteFiles(paths, record, spec);
        FileStamp stamp = ContainerStore.CreateRecord(paths, record, durable: !paths.IsVolatile);
        if (!paths.IsVolatile)
        {
            _store.SyncDirectories(paths);
        }

        return new Created(_store.HandleOf(paths, record, stamp), held, spare);
    }

    private static void WriteFiles(ContainerPaths paths, ContainerRecord record, byte[]? spec)
    {
        using FileDescriptor directory = Files.OpenDirectory(paths.Home);
        string hostname = record.Definition.Hostname ?? record.Id[..12];
        Files.WriteAllBytesAt(directory, "hosts", HostFileContents.Hosts(record.Definition, hostname), Modes.Mode0644);
        Files.WriteAllBytesAt(directory, "hostname", System.Text.Encoding.UTF8.GetBytes(hostname + "\n"), Modes.Mode0644);
        Files.WriteAllBytesAt(directory, "resolv.conf", HostFileContents.ResolvConf(record.Definition), Modes.Mode0644);
        if (spec is not null)
        {
            WriteSpec(directory, spec, durable: !paths.IsVolatile);
        }
    }

    private static void WriteSpec(FileDescriptor directory, byte[] spec, bool durable)
    {
        using FileDescriptor file = Files.OpenAt(directory, "config.json", O_WRONLY | O_CREAT | O_TRUNC, Modes.Mode0600);
        file.Write(spec);
        if (durable)
        {
            file.Sync();
        }
    }

    private string CgroupPathOf(ContainerDefinition definition, string id) =>
        $"{(definition.CgroupParent ?? Options.CgroupParent!).TrimEnd('/')}/{id}";

    private void DemandFreeName(string name)
    {
        if (_store.IdOfName(name) is { } owner && !TryRemoveLeftOver(owner))
        {
            throw NameTaken(name, owner);
        }
    }

    private void ReserveName(ContainerRecord record, ContainerPaths paths)
    {
        while (!_store.TryReserveName(record.Name, paths))
        {
            string? owner = _store.IdOfName(record.Name);
            if (owner is not null && !TryRemoveLeftOver(owner))
            {
                throw NameTaken(record.Name, owner);
            }
        }
    }

    private static ContainerObjectExistsException NameTaken(string name, string owner) =>
        new(
            ErrorIds.ContainerNameConflict,
            $"The name '{name}' is taken by the container {owner[..Math.Min(12, owner.Length)]}.",
            name,
            "Choose another, or remove that container first."
        );

    /// <summary>The id of the container that a namespace mode names.</summary>
    private string OwnerOf(string nameOrId) => GetContainer(nameOrId).Id;
}
