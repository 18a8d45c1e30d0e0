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
