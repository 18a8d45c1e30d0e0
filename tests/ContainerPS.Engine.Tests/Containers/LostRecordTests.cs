using ContainerPS.Engine.Common;
using ContainerPS.Engine.Containers.Log;
using ContainerPS.Engine.Containers.State;
using ContainerPS.Native.Launch;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Tests.Containers;

/// <summary>What directories without a record are: a container that has lost it, or a left-over. Nothing is started.</summary>
public sealed class LostRecordTests : IDisposable
{
    private static readonly string Id = new('a', 64);

    private readonly string _directory = Directory.CreateTempSubdirectory("containerps-test-").FullName;
    private readonly StoreLocation _location;
    private readonly ContainerStore _store;
    private readonly ContainerPaths _paths;
    private bool _hasProcesses;

    public LostRecordTests()
    {
        _location = new StoreLocation(_directory + "/root", _directory + "/run");
        _store = new ContainerStore(_location, TimeSpan.Zero, () => 2, _ => _hasProcesses);
        _paths = _store.PathsOf(Id);
        foreach (
            string directory in new[] { _paths.Upper, _paths.Work, _paths.RunDirectory, _location.Trash, _location.RunRoot + "/trash" }
        )
        {
            Directory.CreateDirectory(directory);
        }
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    /// <summary>Everything that a create makes before the record, of one that starts at once too.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_a_killed_create_made_is_a_left_over(bool removesItself)
    {
        MakeBeginning(removesItself);

        Assert.False(_store.IsContainer(Id));
        Assert.Null(_store.Open(Id));
        Assert.Empty(_store.RecordedIds());
    }

    [Theory]
    [InlineData("start")]
    [InlineData("exits")]
    [InlineData("container.log")]
    [InlineData("upper/file")]
    public void A_trace_of_a_run_makes_it_a_dead_container_until_its_removal_has_begun(string trace)
    {
        MakeBeginning(removesItself: false);
        File.WriteAllText($"{_paths.Directory}/{trace}", "x");

        Container dead = _store.Open(Id)!;
        Assert.Equal((ContainerState.Dead, Id[..12]), (dead.State, dead.Name));
        Assert.Contains("missing", dead.Error, StringComparison.Ordinal);
        Assert.Equal([Id], _store.RecordedIds());

        ContainerTrash.Take(_paths);
        Assert.False(_store.IsContainer(Id));
        Assert.Equal(ContainerState.Removed, dead.State);
    }

    [Fact]
    public void An_empty_log_is_no_trace()
    {
        MakeBeginning(removesItself: false);
        File.WriteAllText(_paths.Log, "");
        Assert.False(_store.IsContainer(Id));
    }

    /// <summary>Where the trash is on another file system, the record's new name says that the rest is being deleted.</summary>
    [Fact]
    public void What_a_removal_in_place_left_is_a_left_over()
    {
        MakeBeginning(removesItself: false);
        File.WriteAllText(_paths.Start, "x");
        File.WriteAllText($"{_paths.Directory}/{RunTraces.RemovedRecord}", "x");
        Assert.False(_store.IsContainer(Id));
    }

    [Theory]
    [InlineData("root/trash")]
    [InlineData("run/trash")]
    public void What_half_a_removal_left_is_a_left_over(string trash)
    {
        MakeBeginning(removesItself: true);
        File.WriteAllText(_paths.Log, "x");
        File.WriteAllText(_paths.Upper + "/file", "x");
        _hasProcesses = true;
        Directory.CreateDirectory($"{_directory}/{trash}/{Id}");
        Assert.False(_store.IsContainer(Id));
    }

    /// <summary>Its record, its name and the files beside them were in memory.</summary>
    [Fact]
    public void What_a_restart_of_the_host_left_of_one_that_removes_itself_is_a_left_over_unless_it_runs()
    {
        Directory.Delete(_paths.RunDirectory, recursive: true);
        File.WriteAllText(_paths.Log, "x");
        File.WriteAllText(_paths.Upper + "/file", "x");
        Assert.False(_store.IsContainer(Id));

        _hasProcesses = true;
        Assert.Equal(ContainerState.Dead, _store.Open(Id)!.State);
    }

    [Fact]
    public void A_monitor_at_work_is_a_trace()
    {
        MakeBeginning(removesItself: true);
        using (FileLock.TryAcquire(_paths.MonitorLock))
        {
            Assert.Equal(ContainerState.Dead, _store.Open(Id)!.State);
        }

        Assert.False(_store.IsContainer(Id));
    }

    [Fact]
    public void Without_any_directory_there_is_no_container()
    {
        TreeRemover.Delete(_paths.Directory);
        TreeRemover.Delete(_paths.RunDirectory);
        _hasProcesses = true;
        Assert.False(_store.IsContainer(Id));
    }

    [Fact]
    public void A_FIFO_is_neither_read_nor_written()
    {
        MakeBeginning(removesItself: false);
        foreach (string path in new[] { _paths.Record, _paths.Start, _paths.Exits, _paths.Log, _paths.MonitorLock, _paths.RemovedExit })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            Files.MakeFifo(path, Modes.Mode0600);
        }

        Assert.Contains("a FIFO", _store.Open(Id)!.Error, StringComparison.Ordinal);
        Assert.Null(StartRecord.TryRead(_paths.Start));
        Assert.False(FileLock.IsHeld(_paths.MonitorLock));
        Assert.Equal(ErrorIds.StoreCorrupt, Assert.Throws<ContainerStorageException>(() => LogFiles.OpenAll(_paths.Log)).ErrorId);
        var exit = new RunExit(1, 0, 0, false, DateTimeOffset.UnixEpoch);
        Assert.Equal("ENXIO", Assert.Throws<LinuxException>(() => ExitRecords.AppendExit(_paths.Exits, exit)).ErrnoName);
        Assert.Equal("ENXIO", Assert.Throws<LinuxException>(() => ExitRecords.KeepOfRemoved(_paths, exit)).ErrnoName);
    }

    /// <summary>A device that never ends, by a name that the engine did not make.</summary>
    [Fact]
    public void A_symbolic_link_is_not_followed()
    {
        MakeBeginning(removesItself: false);
        Files.Symlink("/dev/zero", _paths.Record);
        Files.Symlink("/dev/zero", _paths.Log);

        Assert.Contains("a symbolic link", _store.Open(Id)!.Error, StringComparison.Ordinal);
        Assert.Equal(ErrorIds.StoreCorrupt, Assert.Throws<ContainerStorageException>(() => LogFiles.OpenAll(_paths.Log)).ErrorId);
    }

    private void MakeBeginning(bool removesItself)
    {
        string home = removesItself ? _paths.RunDirectory : _paths.Directory;
        foreach (string name in new[] { "hosts", "hostname", "resolv.conf", "config.json", "container.json.new" })
        {
            File.WriteAllText($"{home}/{name}", "x");
        }

        File.WriteAllText(_paths.State, "");
    }
}
