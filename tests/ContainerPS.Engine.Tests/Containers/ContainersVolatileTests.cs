using ContainerPS.Engine.Containers.State;

namespace ContainerPS.Engine.Tests.Containers;

/// <summary>A container that removes itself lives in the run root; only its writable layer and its log lie in the store.</summary>
[Collection(KernelTests.Name)]
public sealed class ContainersVolatileTests : IDisposable
{
    private readonly TestStore _store = new();

    private ContainerEngine Engine => _store.Engine;

    private string Root => _store.Options.Root!;

    private string RunRoot => _store.Options.RunRoot!;

    public void Dispose() => _store.Dispose();

    [SkippableFact]
    public void Only_the_writable_layer_lies_in_the_store()
    {
        TestStore.NeedsRoot();
        string id = Engine.Containers.Create(Volatile("self")).Id;

        Assert.Equal(["upper", "work"], Directory.GetFileSystemEntries($"{Root}/containers/{id}").Select(Path.GetFileName).Order());
        Assert.Empty(Directory.GetFileSystemEntries(Root + "/names"));
        Assert.True(File.Exists($"{RunRoot}/containers/{id}/container.json"));
        Assert.Equal(id, _store.Another().Containers.Get("self").Id);
        Assert.Equal(id, _store.Another().Containers.Get(id[..12]).Id);
        Assert.Equal(id, Assert.Single(_store.Another().Containers.List()).Id);
    }

    [SkippableTheory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void A_name_is_one_containers_wherever_it_lives(bool first, bool second)
    {
        TestStore.NeedsRoot();
        Container one = Engine.Containers.Create(TestStore.Idle("taken") with { AutoRemove = first });

        ContainerObjectExistsException failure = Assert.Throws<ContainerObjectExistsException>(() =>
            Engine.Containers.Create(TestStore.Idle("taken") with { AutoRemove = second })
        );

        Assert.Equal(ErrorIds.ContainerNameConflict, failure.ErrorId);
        Assert.Equal(one.Id, Assert.Single(Engine.Containers.List()).Id);
        Engine.Containers.Remove(one);
        Engine.Containers.Remove(Engine.Containers.Create(TestStore.Idle("taken") with { AutoRemove = second }));
    }

    [Fact]
    public void A_reservation_gives_way_to_one_in_the_other_place_and_leaves_nothing()
    {
        string id = new string('a', 64);
        // No engine works here: a name without a container is what a killed process left, and the sweep behind a removal may take it.
        var store = new ContainerStore(new(Root, RunRoot), TimeSpan.Zero, () => 1, _ => false);
        store.Prepare();

        Assert.True(store.TryReserveName("both", store.PathsOf(id)));
        Assert.False(store.TryReserveName("both", store.PathsOf(new string('b', 64), isVolatile: true)));

        Assert.Equal(id, store.IdOfName("both"));
        store.ReleaseName("both", id);
        Assert.Empty(store.ReservedNames());
    }

    [SkippableFact]
    public void A_start_that_fails_leaves_it_as_it_was()
    {
        TestStore.NeedsRoot();
        Container container = Engine.Containers.Create(
            new ContainerDefinition
            {
                RootFs = "/",
                Command = ["/no/such/command"],
                AutoRemove = true,
                Name = "self",
            }
        );

        Assert.Equal(ErrorIds.CommandNotFound, Assert.Throws<ContainerStartException>(() => Engine.Containers.Start(container)).ErrorId);

        Assert.Equal(ContainerState.Created, Engine.Containers.Get("self").State);
        Assert.NotNull(Engine.Containers.Get("self").Error);
        Engine.Containers.Remove(container);
    }

    [SkippableFact]
    public void After_a_restart_of_the_host_its_layer_is_cleared_away_by_the_first_change()
    {
        TestStore.NeedsRoot();
        string id = Engine.Containers.Create(Volatile("self")).Id;
        RestartHost();

        ContainerEngine next = _store.Another();
        Assert.Empty(next.Containers.List());
        Assert.True(Directory.Exists($"{Root}/containers/{id}/upper"));
        next.Containers.Remove(next.Containers.Create(TestStore.Idle("self")));

        Assert.True(next.Containers.WaitForDeletions(Eventually.Bound));
        Assert.Empty(Directory.GetFileSystemEntries(Root + "/containers"));
        Assert.Empty(Directory.GetFileSystemEntries(Root + "/trash"));
    }

    [SkippableFact]
    public void After_a_restart_of_the_host_what_it_wrote_and_logged_is_cleared_away_too()
    {
        TestStore.NeedsRoot();
        string id = Engine.Containers.Create(Volatile("self")).Id;
        File.WriteAllText($"{Root}/containers/{id}/upper/file", "written");
        File.WriteAllText($"{Root}/containers/{id}/container.log", "logged");
        RestartHost();

        ContainerEngine next = _store.Another();
        Assert.Empty(next.Containers.List());
        next.Containers.Remove(next.Containers.Create(TestStore.Idle("self")));

        Assert.True(next.Containers.WaitForDeletions(Eventually.Bound));
        Assert.Empty(Directory.GetFileSystemEntries(Root + "/containers"));
    }

    [SkippableFact]
    public void A_kept_container_starts_after_a_restart_of_the_host()
    {
        TestStore.NeedsRoot();
        Container container = Engine.Containers.Create(TestStore.Shell("exit 4"));
        RestartHost();

        ContainerEngine next = _store.Another();
        next.Containers.Start(next.Containers.Get(container.Id));

        Assert.Equal(4, next.Containers.Wait(next.Containers.Get(container.Id)).ExitCode);
    }

    /// <summary>Nothing in the run root outlives that; the thread that sweeps must not be at it just then.</summary>
    private void RestartHost()
    {
        Assert.True(Engine.Containers.WaitForDeletions(Eventually.Bound));
        Directory.Delete(RunRoot, recursive: true);
    }

    /// <summary>The name of one that removes itself is kept elsewhere: neither may give way to the other, nor both.</summary>
    [Fact]
    public async Task Of_two_that_want_one_name_one_gets_it_wherever_each_keeps_it()
    {
        const int rounds = 300;
        var store = new ContainerStore(new(Root, RunRoot), TimeSpan.Zero, () => 1, _ => false);
        store.Prepare();
        ContainerPaths[] paths = [store.PathsOf(new string('a', 64), isVolatile: true), store.PathsOf(new string('b', 64))];
        bool[] reserved = new bool[paths.Length];
        var results = new List<int>();
        using var together = new Barrier(paths.Length, _ => results.Add(reserved.Count(got => got)));
        await Task.WhenAll(
            Enumerable
                .Range(0, paths.Length)
                .Select(i =>
                    Task.Factory.StartNew(
                        () =>
                        {
                            for (int round = 0; round < rounds; round++)
                            {
                                together.SignalAndWait();
                                reserved[i] = store.TryReserveName("same", paths[i]);
                                together.SignalAndWait();
                                store.ReleaseName("same", paths[i].Id);
                            }
                        },
                        CancellationToken.None,
                        TaskCreationOptions.LongRunning,
                        TaskScheduler.Default
                    )
                )
        );
        // The barrier counts before and after each attempt.
        Assert.All(results.Where((_, phase) => phase % 2 == 1), count => Assert.Equal(1, count));
        Assert.Empty(store.ReservedNames());
    }

    private static ContainerDefinition Volatile(string name) => TestStore.Idle(name) with { AutoRemove = true };
}
