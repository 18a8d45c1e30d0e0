using ContainerPS.Engine.Common;
using ContainerPS.Engine.Containers.Bundle;
using ContainerPS.Engine.Containers.Definition;
using ContainerPS.Engine.Containers.Limits;
using ContainerPS.Engine.Containers.Security;
using ContainerPS.Engine.Containers.State;
using ContainerPS.Engine.Images;
using ContainerPS.Engine.Layers;
using ContainerPS.Native.Linux;
using static ContainerPS.Native.Linux.Posix;

namespace ContainerPS.Engine.Containers.LifeCycle;

/// <summary>A new container, with its lock still held.</summary>
internal sealed record CreatedContainer(Container Container, FileLock Lock, SpareLayer? Layer) : IDisposable
{
    public void Dispose()
    {
        Layer?.Dispose();
        Lock.Dispose();
    }
}

/// <summary>Makes containers. Everything is validated before anything is acquired.</summary>
internal sealed class Creating(ContainerContext context, LeftOvers leftOvers, Removal removal, Finding finding)
{
    private readonly ContainerStore _store = context.Store;

    /// <summary>The container, its lock held.</summary>
    /// <param name="definition">What it shall be.</param>
    /// <param name="startsAtOnce">The caller starts it before it lets go of the lock: its first start is recorded with it.</param>
    public CreatedContainer Create(ContainerDefinition definition, bool startsAtOnce = false)
    {
        ArgumentNullException.ThrowIfNull(definition);
        return StoreFailure.ExplainFullDisk(
            $"Creating the container {definition.Name}".TrimEnd(),
            definition.Name ?? "",
            () => CreateNew(definition, startsAtOnce)
        );
    }

    private CreatedContainer CreateNew(ContainerDefinition definition, bool startsAtOnce)
    {
        DefinitionValidator.Validate(definition);
        Privileges.Demand("create a container");
        leftOvers.SweepOnce();
        var source = ContainerSource.Resolve(definition, context.Images);
        string id = ContainerName.NewId();
        ContainerRecord record = ContainerRecords.Compose(
            definition,
            source,
            id,
            context.CgroupPathOf(definition, id),
            name => finding.Get(name).Id
        );
        ValidateLimits(record);
        if (definition.Name is not null)
        {
            DemandFreeName(definition.Name);
        }

        using MountableRootFs rootFs = source.Prepare(context.Images);
        record = record with
        {
            FirstStart = startsAtOnce ? StartRecords.New(definition, 1) : null,
            Security = Labelled(record),
            RootFs = new RootFsFacts(LowerDirectories.WithoutNested(rootFs.LowerDirs, source.Directory), definition.ReadOnly),
        };
        ContainerPaths paths = _store.PathsOf(id, isVolatile: definition.AutoRemove);
        OverlayNames.RequireMountable(
            context.Location,
            source.Image is null ? $"The root file system '{source.Reference}'" : $"The image '{source.Reference}'",
            record.RootFs.LowerDirs,
            paths.Upper,
            paths.Work,
            definition.AutoRemove,
            SeLinuxLevels.LabelsOf(record.Security.SELinuxLabel).MountLabel
        );
        // Only of an image: what a directory holds may change between its overlay's making and its use. A label is given to an overlay when
        // it is made, and each container has its own.
        bool takesSpare = startsAtOnce && definition.AutoRemove && source.Directory is null && !context.SecurityModules.HasSeLinux;
        SpareLayer? spare = takesSpare ? context.Spares.TryTake(record.RootFs.LowerDirs) : null;
        return Rollback.Run(rollback => Materialise(record, source.Spec, spare, rollback));
    }

    private ContainerSecurity Labelled(ContainerRecord record) =>
        record.Definition.OciSpecPath is not null
            ? record.Security
            : record.Security with
            {
                AppArmorProfile = context.SecurityModules.AppArmorProfileOfNew(record.Definition),
                SELinuxLabel = LabelOfShared(record) ?? context.SecurityModules.SeLinuxLabelOfNew(record.Definition, LabelsInUse),
            };

    /// <summary>Containers that see each other's processes or shared memory have one label, as in Docker.</summary>
    private string? LabelOfShared(ContainerRecord record) =>
        record
            .Namespaces.Where(ns => ns is { SharedWith: not null, Type: "pid" or "ipc" })
            .Select(ns => _store.Open(ns.SharedWith!)?.Security.SELinuxLabel)
            .FirstOrDefault(label => label is not null);

    private IEnumerable<string?> LabelsInUse() => finding.List(null).Select(container => container.Security.SELinuxLabel);

    private CreatedContainer Materialise(ContainerRecord record, byte[]? spec, SpareLayer? spare, Rollback rollback)
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

        rollback.Add("removing the container's directory", () => TreeRemover.Delete(paths.Directory));
        ReserveName(record, paths);
        rollback.Add("releasing the name", () => _store.ReleaseName(record.Name, record.Id));
        if (paths.IsVolatile || record.FirstStart is not null)
        {
            rollback.Add("removing the run directory", () => TreeRemover.Delete(paths.RunDirectory));
            RunFiles.Prepare(paths, keepState: false);
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

        context.Events.Record(record, EventActions.Create);
        return new CreatedContainer(_store.HandleOf(paths, record, stamp), held, spare);
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

    private void DemandFreeName(string name)
    {
        if (_store.IdOfName(name) is { } owner)
        {
            MakeRoom(name, owner);
        }
    }

    private void ReserveName(ContainerRecord record, ContainerPaths paths)
    {
        while (!_store.TryReserveName(record.Name, paths))
        {
            if (_store.IdOfName(record.Name) is { } owner)
            {
                MakeRoom(record.Name, owner);
            }
            else if (_store.NamePlaces.Any(place => ContainerStore.IsThereButNoName($"{place}/{record.Name}")))
            {
                throw NoName(record.Name);
            }
        }
    }

    /// <summary>Gives a name back that leads to a left-over.</summary>
    private void MakeRoom(string name, string owner)
    {
        if (!ContainerName.IsId(owner))
        {
            throw NoName(name);
        }

        if (!removal.TryRemoveLeftOver(owner))
        {
            throw NameTaken(name, owner);
        }
    }

    private static ContainerStorageException NoName(string name) =>
        new(
            ErrorIds.StoreCorrupt,
            $"The name '{name}' cannot be used: what lies in its place in the store leads to no container.",
            name,
            "Test-ContainerStorage shows what it is, and the way out; or choose another name."
        );

    private static ContainerObjectExistsException NameTaken(string name, string owner) =>
        new(
            ErrorIds.ContainerNameConflict,
            $"The name '{name}' is taken by the container {owner[..Math.Min(12, owner.Length)]}.",
            name,
            "Choose another, or remove that container first."
        );

    /// <summary>Refuses at create what the host cannot keep at start.</summary>
    private void ValidateLimits(ContainerRecord record)
    {
        CgroupLimitRequest limits = record.Definition.Limits;
        if (limits.IsEmpty)
        {
            return;
        }

        CgroupFailures.Translate(
            record.Name,
            () => context.Cgroups.Open(record.CgroupPath).Plan(LimitResources.From(limits, context.Cgroups))
        );
    }
}
