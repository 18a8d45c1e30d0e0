using System.Text.Json.Nodes;
using ContainerPS.Engine.Common;
using ContainerPS.Engine.Containers.State;
using ContainerPS.Engine.Tests.Common;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Tests.Containers;

/// <summary>Containers whose record cannot be read: shown, protected, and removable by force.</summary>
[Collection(KernelTests.Name)]
public sealed class ContainersDamageTests : IDisposable
{
    private readonly TestStore _store = new();

    private ContainerEngine Engine => _store.Engine;

    public void Dispose() => _store.Dispose();

    public static TheoryData<string> Damages =>
        ["", "{\"schema\":1,", "not JSON at all", "[]", "{\"schema\":1}", "{\"schema\":99,\"name\":\"x\"}", "null"];

    [SkippableTheory]
    [MemberData(nameof(Damages))]
    public void A_container_with_an_unreadable_record_is_dead_and_goes_by_force(string content)
    {
        TestStore.NeedsRoot();
        Container sound = Engine.Containers.Create(TestStore.Idle("sound"));
        Container container = Engine.Containers.Create(TestStore.Idle("hurt"));
        File.WriteAllText(container.BundlePath + "/container.json", content);

        Container dead = _store.Another().Containers.List().Single(one => one.Id == container.Id);

        Assert.Equal(ContainerState.Dead, dead.State);
        Assert.Equal("hurt", dead.Name);
        Assert.NotNull(dead.Error);
        Assert.Equal(dead, Engine.Containers.Get("hurt"));
        AssertOnlyRemovalIsLeft(dead);
        Engine.Containers.Remove(dead, force: true);
        Assert.Equal(sound, Assert.Single(Engine.Containers.List()));
        Assert.Equal("hurt", Engine.Containers.Create(TestStore.Idle("hurt")).Name);
    }

    [SkippableFact]
    public void A_running_container_with_an_unreadable_record_is_ended_by_its_removal()
    {
        TestStore.NeedsRoot();
        Container container = _store.Ready(TestStore.Idle("hurt"));
        int pid = container.Pid!.Value;
        File.WriteAllText(container.BundlePath + "/container.json", "{");

        Engine.Containers.Remove(_store.Another().Containers.Get("hurt"), force: true);

        Eventually.True(() => ProcessIdentity.Of(pid) is null, "the end of its process");
        Assert.Null(Engine.Containers.Find("hurt"));
    }

    /// <summary>Members that are JSON of the right kind and that no container was ever recorded with.</summary>
    public static TheoryData<string, string> OddMembers =>
        new()
        {
            { "cgroupPath", "\"/\"" },
            { "cgroupPath", "\"\"" },
            { "cgroupPath", "\"PARENT\"" },
            { "cgroupPath", "\"PARENT/../../ID\"" },
            { "cgroupPath", "\"PARENT/./ID\"" },
            { "cgroupPath", "\"PARENT//ID\"" },
            { "cgroupPath", "\"relative/ID\"" },
            { "id", "\"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\"" },
            { "name", "\"../../hurt\"" },
            { "definition.logMaxSize", "-1" },
            { "definition.logMaxFile", "0" },
            { "definition.shmSize", "-1" },
            { "definition.stopTimeout", "\"-00:00:01\"" },
            { "process.stopSignal", "99" },
        };

    [SkippableTheory]
    [MemberData(nameof(OddMembers))]
    public void A_record_that_no_container_can_have_is_damaged_and_takes_nothing_else_down(string member, string value)
    {
        TestStore.NeedsRoot();
        Container sound = _store.Ready(TestStore.Idle("sound"));
        Container container = Engine.Containers.Create(TestStore.Idle("hurt"));
        JsonNode record = JsonNode.Parse(File.ReadAllText(container.View.Paths.Record))!;
        JsonNode parent = member.Split('.')[..^1].Aggregate(record, (node, name) => node[name]!);
        parent[member.Split('.')[^1]] = JsonNode.Parse(
            value
                .Replace("PARENT", _store.Options.CgroupParent, StringComparison.Ordinal)
                .Replace("ID", container.Id, StringComparison.Ordinal)
        );
        File.WriteAllText(container.View.Paths.Record, record.ToJsonString());

        StorageProblem problem = Assert.Single(Impatient.Storage.Test(new StorageTestOptions { Deep = true }));
        Container dead = _store.Another().Containers.Get("hurt");

        Assert.Equal((StorageProblemKind.DeadContainer, container.Id, false), (problem.Kind, problem.Target, problem.CanRepair));
        Assert.Equal((ContainerState.Dead, container.Id), (dead.State, dead.Id));
        Assert.Contains("damaged", dead.Error, StringComparison.Ordinal);
        AssertOnlyRemovalIsLeft(dead);
        Engine.Containers.Remove(dead, force: true);
        Assert.Equal(ContainerState.Running, sound.State);
        Assert.Equal(sound, Assert.Single(Engine.Containers.List()));
        Assert.True(Engine.Containers.WaitForDeletions(Eventually.Bound));
        Assert.Empty(Impatient.Storage.Test());
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_container_that_has_lost_its_record_is_dead_and_loses_nothing_else(bool runs)
    {
        TestStore.NeedsRoot();
        Container container = _store.Ready(Precious("lost"));
        int pid = container.Pid!.Value;
        if (!runs)
        {
            Engine.Containers.Stop(container);
        }

        File.Delete(container.View.Paths.Record);
        ChangeTheStore();

        Assert.Equal("data\n", File.ReadAllText(container.View.Paths.Upper + "/precious"));
        Assert.Equal(runs, ProcessIdentity.Of(pid) is { IsAlive: true });
        Container dead = Assert.Single(Engine.Containers.List());
        Assert.Equal((ContainerState.Dead, "lost", container.Id), (dead.State, dead.Name, dead.Id));
        Assert.Contains("missing", dead.Error, StringComparison.Ordinal);
        Assert.Equal(dead, Engine.Containers.Get("lost"));
        Assert.Throws<ContainerStateException>(() => Engine.Containers.Stop(container));
        Assert.Equal(ContainerState.Dead, container.State);
        Assert.Equal(
            ErrorIds.ContainerNameConflict,
            Assert.Throws<ContainerObjectExistsException>(() => Engine.Containers.Create(TestStore.Idle("lost"))).ErrorId
        );
        AssertOnlyRemovalIsLeft(dead);
        StorageProblem problem = Assert.Single(Impatient.Storage.Test());
        Assert.Equal((StorageProblemKind.DeadContainer, dead.Id, false), (problem.Kind, problem.Target, problem.CanRepair));
        Assert.False(Assert.Single(Impatient.Storage.Repair([problem])).Repaired);
        Assert.True(File.Exists(container.View.Paths.Upper + "/precious"));

        Engine.Containers.Remove(dead, force: true);

        Eventually.True(() => ProcessIdentity.Of(pid) is not { IsAlive: true }, "the end of its process");
        Assert.Equal(ContainerState.Removed, dead.State);
        Assert.Empty(Engine.Containers.List());
        Engine.Containers.Remove(Engine.Containers.Create(TestStore.Idle("lost")));
    }

    /// <summary>Each trace alone is enough, whatever else is lost with the record.</summary>
    [SkippableTheory]
    [InlineData("start")]
    [InlineData("exits")]
    [InlineData("container.log")]
    [InlineData("upper")]
    public void One_trace_of_a_run_keeps_a_container_without_a_record(string trace)
    {
        TestStore.NeedsRoot();
        Container container = _store.Ready(Precious("lost"));
        Engine.Containers.Stop(container);
        ContainerPaths paths = container.View.Paths;
        File.Delete(paths.Record);
        TreeRemover.Delete(paths.RunDirectory);
        foreach (string other in new[] { paths.Start, paths.Exits, paths.Log, paths.Upper }.Where(path => Path.GetFileName(path) != trace))
        {
            TreeRemover.Delete(other);
        }

        ChangeTheStore();

        Assert.True(Files.Exists($"{paths.Directory}/{trace}"));
        Engine.Containers.Remove(Engine.Containers.Get("lost"), force: true);
        Assert.False(Directory.Exists(paths.Directory));
    }

    [SkippableFact]
    public void A_record_that_is_put_back_makes_the_container_whole_again()
    {
        TestStore.NeedsRoot();
        Container container = _store.Ready(Precious("lost"));
        string record = container.View.Paths.Record;
        File.Move(record, record + ".kept");
        ChangeTheStore();
        Container seen = Engine.Containers.Get("lost");
        Assert.Equal(ContainerState.Dead, seen.State);

        File.Move(record + ".kept", record);

        Assert.Equal(ContainerState.Running, Engine.Containers.Get("lost").State);
        Engine.Containers.Stop(seen);
        Assert.Equal(ContainerState.Exited, seen.State);
    }

    /// <summary>Name and record of one that removes itself are in memory; while it runs, losing them is no reason to kill it.</summary>
    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_running_container_that_removes_itself_is_not_killed_for_its_lost_record(bool withItsRunDirectory)
    {
        TestStore.NeedsRoot();
        Container container = _store.Ready(Precious("lost") with { AutoRemove = true });
        int pid = container.Pid!.Value;
        if (withItsRunDirectory)
        {
            TreeRemover.Delete(container.View.Paths.RunDirectory);
        }
        else
        {
            File.Delete(container.View.Paths.Record);
        }

        ChangeTheStore();

        Assert.True(ProcessIdentity.Of(pid) is { IsAlive: true });
        Container dead = Assert.Single(Engine.Containers.List());
        Assert.Equal((ContainerState.Dead, container.Id), (dead.State, dead.Id));
        Engine.Containers.Remove(dead, force: true);
        Eventually.True(() => ProcessIdentity.Of(pid) is not { IsAlive: true }, "the end of its process");
        Assert.Empty(Engine.Containers.List());
    }

    /// <summary>The cgroup of a record that is lost is not known; the first process is.</summary>
    [SkippableFact]
    public void The_removal_of_a_lost_record_ends_a_run_below_another_cgroup_parent()
    {
        TestStore.NeedsRoot();
        Container container = _store.Ready(Precious("lost") with { CgroupParent = _store.Options.CgroupParent + "/own" });
        int pid = container.Pid!.Value;
        File.Delete(container.View.Paths.Record);
        ChangeTheStore();
        Assert.True(ProcessIdentity.Of(pid) is { IsAlive: true });

        Engine.Containers.Remove(Engine.Containers.Get("lost"), force: true);

        Eventually.True(() => ProcessIdentity.Of(pid) is not { IsAlive: true }, "the end of its process");
        Eventually.True(() => _store.Monitors().Count == 0, "the end of its monitor");
        TestStore.RemoveCgroup(_store.Options.CgroupParent + "/own");
    }

    public static TheoryData<string, bool> OddFiles
    {
        get
        {
            var data = new TheoryData<string, bool>();
            foreach (string file in (string[])["container.json", "start", "exits", "container.log", "state", "monitor.lock"])
            {
                data.Add(file, true);
                data.Add(file, false);
            }

            return data;
        }
    }

    /// <summary>An open of a FIFO waits for another end that never comes.</summary>
    [SkippableTheory]
    [MemberData(nameof(OddFiles))]
    public void What_lies_in_the_place_of_a_file_and_is_none_is_not_waited_for(string name, bool isFifo)
    {
        TestStore.NeedsRoot();
        Container sound = Engine.Containers.Create(TestStore.Idle("sound"));
        Container container = _store.Ready(TestStore.Idle("hurt"));
        Engine.Containers.Stop(container);
        ContainerPaths paths = container.View.Paths;
        string path = $"{(name is "state" or "monitor.lock" ? paths.RunDirectory : paths.Directory)}/{name}";
        TreeRemover.Delete(path);
        if (isFifo)
        {
            Files.MakeFifo(path, Modes.Mode0600);
        }
        else
        {
            Directory.CreateDirectory(path);
        }

        ContainerEngine next = _store.Another();
        Fifos.Within(path, () => Assert.Equal(2, next.Containers.List().Count));
        Fifos.Within(path, () => _ = Impatient.Storage.Test(new StorageTestOptions { Deep = true }));
        Fifos.Within(path, () => _ = Impatient.Storage.Repair([]));
        Container seen = next.Containers.Get("hurt");
        Fifos.Within(path, () => Refusable(() => _ = next.Containers.ReadLog(seen).ToList()));
        Fifos.Within(path, () => Refusable(() => next.Containers.Start(seen)));
        Fifos.Within(path, () => Refusable(() => next.Containers.Start(seen)));
        if (name == "container.json")
        {
            Assert.Equal(ContainerState.Dead, seen.State);
            Assert.Contains(isFifo ? "a FIFO" : "a directory", seen.Error, StringComparison.Ordinal);
        }

        Fifos.Within(path, () => next.Containers.Remove(next.Containers.Get("hurt"), force: true));
        Assert.Equal(sound, Assert.Single(Engine.Containers.List()));
    }

    [SkippableFact]
    public void A_log_that_is_no_file_is_named()
    {
        TestStore.NeedsRoot();
        Container container = Engine.Containers.Create(TestStore.Idle("hurt"));
        foreach (
            Action<string> make in (Action<string>[])
                [path => Files.MakeFifo(path, Modes.Mode0600), path => Files.Symlink("/dev/zero", path)]
        )
        {
            make(container.View.Paths.Log);

            Fifos.Within(
                container.View.Paths.Log,
                () =>
                {
                    ContainerStorageException failure = Assert.Throws<ContainerStorageException>(() =>
                        Engine.Containers.ReadLog(container).ToList()
                    );
                    Assert.Equal(ErrorIds.StoreCorrupt, failure.ErrorId);
                    Assert.Contains(container.View.Paths.Log, failure.Message, StringComparison.Ordinal);
                    Assert.NotNull(failure.Remedy);
                }
            );
            File.Delete(container.View.Paths.Log);
        }
    }

    private ContainerEngine Impatient => field ??= _store.Another(_store.Options with { LeftOverAge = TimeSpan.Zero });

    private static ContainerDefinition Precious(string name) =>
        TestStore.Shell("trap 'exit 0' TERM; echo data > /precious; echo ready; while :; do sleep 0.05; done") with
        {
            Name = name,
        };

    /// <summary>By an engine that has swept nothing yet.</summary>
    private void ChangeTheStore()
    {
        ContainerEngine next = _store.Another();
        next.Containers.Remove(next.Containers.Create(TestStore.Idle("other")));
        Assert.True(next.Containers.WaitForDeletions(Eventually.Bound));
        next.Containers.Reconcile();
    }

    private static void Refusable(Action work)
    {
        try
        {
            work();
        }
        catch (Exception refused) when (refused is EngineException or LinuxException)
        {
            Assert.NotEqual("", refused.Message);
        }
    }

    [SkippableFact]
    public void What_a_killed_create_left_is_cleared_by_the_next_change()
    {
        TestStore.NeedsRoot();
        string id = new('a', 64);
        string beginning = $"{_store.Options.Root}/containers/{id}";
        string run = $"{_store.Options.RunRoot}/containers/{new string('b', 64)}";
        Directory.CreateDirectory(beginning + "/upper");
        Directory.CreateDirectory(run);
        File.WriteAllText(run + "/container.json.new", "");
        File.CreateSymbolicLink($"{_store.Options.Root}/names/half", id);

        ContainerEngine next = _store.Another();
        next.Containers.Remove(next.Containers.Create(TestStore.Idle("other")));

        Assert.True(next.Containers.WaitForDeletions(Eventually.Bound));
        Assert.False(Directory.Exists(beginning));
        Assert.False(Directory.Exists(run));
        Assert.Empty(Directory.GetFileSystemEntries($"{_store.Options.Root}/names"));
    }

    /// <summary>A run root is memory: something may empty it while this process, and the container, live.</summary>
    [SkippableFact]
    public void A_run_root_that_is_taken_away_is_made_again_and_the_old_run_ends_with_the_next()
    {
        TestStore.NeedsRoot();
        Container container = _store.Ready(TestStore.Idle("hurt"));
        int first = container.Pid!.Value;
        Directory.Delete(_store.Options.RunRoot!, recursive: true);

        Assert.Equal(ContainerState.Exited, container.State);
        Engine.Containers.Start(container);
        Eventually.True(() => ProcessIdentity.Of(first) is null, "the end of the run that nothing tells of");
        int second = container.Pid!.Value;
        Directory.Delete(_store.Options.RunRoot!, recursive: true);
        Engine.Containers.Remove(container, force: true);
        Eventually.True(() => ProcessIdentity.Of(second) is null, "the end of a removed container's process");
        Assert.Empty(Engine.Containers.List());
        Engine.Containers.Remove(Engine.Containers.Create(TestStore.Idle("next")));
    }

    private void AssertOnlyRemovalIsLeft(Container dead)
    {
        Action[] refused =
        [
            () => Engine.Containers.Start(dead),
            () => Engine.Containers.Stop(dead),
            () => Engine.Containers.Kill(dead),
            () => Engine.Containers.Pause(dead),
            () => Engine.Containers.Resume(dead),
            () => Engine.Containers.Exec(dead, new ExecDefinition { Command = ["true"] }),
            () => Engine.Containers.SetLimit(dead, new CgroupLimitChange { Values = new CgroupLimitRequest { PidsMax = 5 } }),
            () => Engine.Containers.Remove(dead),
        ];
        Assert.All(
            refused,
            command => Assert.Equal(ErrorIds.InvalidStateTransition, Assert.Throws<ContainerStateException>(command).ErrorId)
        );
        // What only looks does not throw.
        _ = Engine.Containers.GetLimit(dead);
        _ = Engine.Containers.ReadLog(dead).ToList();
    }
}
