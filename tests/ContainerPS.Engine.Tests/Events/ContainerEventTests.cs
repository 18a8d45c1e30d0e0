using ContainerPS.Engine.Common;
using ContainerPS.Engine.Containers.State;
using ContainerPS.Engine.Events;
using ContainerPS.Engine.Tests.Containers;
using ContainerPS.Native.Linux;
using Xunit.Abstractions;

namespace ContainerPS.Engine.Tests.Events;

/// <summary>What the engine and the monitors write about containers.</summary>
[Collection(KernelTests.Name)]
public sealed class ContainerEventTests(ITestOutputHelper output) : IDisposable
{
    private static readonly EventBounds Tiny = new(600, int.MaxValue);

    private readonly TestStore _store = new();

    private ContainerEngine Engine => _store.Engine;

    private string Journal => _store.Options.Root + "/events";

    public void Dispose() => _store.Dispose();

    /// <summary>Its run directory is gone, and it runs on with its monitor, which tells of the end itself.</summary>
    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_run_that_nothing_knows_of_any_more_is_ended_and_dies_once(bool byStart)
    {
        TestStore.NeedsRoot();
        Container container = _store.Ready(TestStore.Idle());
        int pid = container.Pid!.Value;
        Directory.Delete(_store.Options.RunRoot!, recursive: true);

        if (byStart)
        {
            Engine.Containers.Start(container);
        }
        else
        {
            Engine.Containers.Stop(container, TimeSpan.Zero);
        }

        Assert.Null(ProcessIdentity.Of(pid));
        Engine.Containers.Remove(container, force: true);
        Assert.Single(Of(container.Id), happened => happened.Action == "die" && happened.Attributes["run"] == "1");
    }

    [SkippableFact]
    public void A_long_command_does_not_take_the_room_of_others()
    {
        TestStore.NeedsRoot();
        Container container = _store.Ready(TestStore.Idle());
        using (
            ContainerExec exec = Engine.Containers.Exec(container, new ExecDefinition { Command = ["/bin/true", new string('z', 100_000)] })
        )
        {
            exec.Wait();
        }

        Assert.All(Of(container.Id), happened => Assert.True(happened.Attributes.GetValueOrDefault("command", "").Length < 2000));
    }

    [SkippableFact]
    public void A_journal_that_is_taken_away_is_made_again_before_the_next_start()
    {
        TestStore.NeedsRoot();
        Container container = Engine.Containers.Create(TestStore.Idle());
        Directory.Delete(Journal, recursive: true);

        Engine.Containers.Start(container);

        Assert.Contains(Of(container.Id), happened => happened.Action == "start");
    }

    /// <summary>What nobody here has made does not end the reading, and is not written to.</summary>
    [SkippableFact]
    public void What_lies_in_the_place_of_a_segment_and_is_none_is_left_alone()
    {
        TestStore.NeedsRoot();
        Directory.CreateDirectory(Journal + "/00000000000000000777");
        File.CreateSymbolicLink(Journal + "/00000000000000000778", "/nowhere");
        File.WriteAllText(Journal + "/99999999999999999999", "");
        Container container = _store.Ready(TestStore.Idle());
        Assert.Contains(Of(container.Id), happened => happened.Action == "start");
        Assert.Equal("", File.ReadAllText(Journal + "/99999999999999999999"));
    }

    [SkippableFact]
    public void Every_action_is_recorded_in_the_order_in_which_it_happened()
    {
        TestStore.NeedsRoot();
        Container container = _store.Ready(TestStore.Idle("lively"));
        Engine.Containers.Pause(container);
        Engine.Containers.Resume(container);
        Engine.Containers.SetLimit(container, new CgroupLimitChange { Values = new CgroupLimitRequest { PidsMax = 50 } });
        using (ContainerExec exec = Engine.Containers.Exec(container, new ExecDefinition { Command = ["/bin/sh", "-c", "exit 5"] }))
        {
            exec.Wait();
        }

        Engine.Containers.Kill(container, Signal.Winch);
        Engine.Containers.Stop(container, Eventually.Bound);
        Engine.Containers.Start(container);
        Engine.Containers.Kill(container);
        Engine.Containers.Wait(container, Eventually.Bound);
        Engine.Containers.Remove(container);

        IReadOnlyList<ContainerEvent> events = Of(container.Id);
        Assert.Equal(
            [
                "create",
                "start run=1",
                "pause",
                "unpause",
                "update",
                "exec_create",
                "exec_start",
                "exec_die (5)",
                "kill signal=28",
                "kill signal=15",
                "die (0) run=1",
                "stop run=1",
                "start run=2",
                "kill signal=9",
                "die (137) run=2 signal=9",
                "destroy",
            ],
            events.Select(Short)
        );
        Assert.All(
            events,
            found =>
                Assert.Equal(("container", "lively", "/", container.Id), (found.Type, found.Actor.Name, found.Actor.Image, found.Actor.Id))
        );
        string[] exec1 = [.. events.Where(found => found.Attributes.ContainsKey("execID")).Select(found => found.Attributes["execID"])];
        Assert.Equal(3, exec1.Length);
        Assert.Single(exec1.Distinct());
        Assert.Equal("/bin/sh -c exit 5", events.First(found => found.Action == "exec_create").Attributes["command"]);
    }

    [SkippableFact]
    public void A_container_that_removes_itself_is_created_started_dead_and_destroyed()
    {
        TestStore.NeedsRoot();
        using (ContainerRun run = Engine.Containers.Run(TestStore.Shell("exit 3")))
        {
            run.Wait();
            Assert.Equal(["create", "start run=1", "die (3) run=1", "destroy"], Of(run.Container.Id).Select(Short));
        }

        Container detached = _store.Started(TestStore.Shell("exit 4") with { AutoRemove = true });
        Eventually.True(
            () =>
            {
                // By the monitor's command, or where that is not installed by the next command.
                Engine.Containers.Reconcile();
                return detached.State == ContainerState.Removed;
            },
            "the removal"
        );
        Assert.Equal(["create", "start run=1", "die (4) run=1", "destroy"], Of(detached.Id).Select(Short));
    }

    [SkippableFact]
    public void A_start_that_fails_is_no_start()
    {
        TestStore.NeedsRoot();
        Container container = Engine.Containers.Create(TestStore.Shell("") with { Command = ["/no/such/program"] });

        Assert.ThrowsAny<EngineException>(() => Engine.Containers.Start(container));

        Assert.Equal(["create"], Of(container.Id).Select(Short));
    }

    [SkippableFact]
    public void A_kill_for_memory_is_an_event_before_the_end()
    {
        TestStore.NeedsRoot();
        Container container = _store.Started(
            TestStore.Shell("exec tail /dev/zero") with
            {
                Limits = new CgroupLimitRequest { MemoryMax = 32 << 20 },
            }
        );
        Engine.Containers.Wait(container, Eventually.Bound);

        Assert.Equal(["create", "start run=1", "oom run=1", "die (137) run=1 signal=9"], Of(container.Id).Select(Short));
    }

    [SkippableFact]
    public void The_end_of_an_adopted_container_is_recorded_once()
    {
        TestStore.NeedsRoot();
        Container container = _store.Ready(TestStore.Idle());
        KillMonitor(container);
        _store.Another().Containers.Get(container.Id);

        Engine.Containers.Kill(container);
        Engine.Containers.Wait(container, Eventually.Bound);

        IEnumerable<string> events = Of(container.Id).Select(Short);
        Assert.Equal(
            HostFacts.KernelIsAtLeast(6, 15)
                ? ["create", "start run=1", "kill signal=9", "die (137) run=1 signal=9"]
                : ["create", "start run=1", "kill signal=9", "die run=1"],
            events
        );
    }

    [SkippableFact]
    public void An_end_that_nobody_saw_is_recorded_by_the_next_command()
    {
        TestStore.NeedsRoot();
        Container container = EndedUnseen();

        Engine.Containers.Wait(container, Eventually.Bound);
        Engine.Containers.Reconcile();

        Assert.Equal(["create", "start run=1", "die run=1"], Of(container.Id).Select(Short));
    }

    [SkippableFact]
    public void An_end_that_the_monitor_had_written_before_it_was_killed_is_not_written_again()
    {
        TestStore.NeedsRoot();
        Container container = EndedUnseen();
        new EventJournal(new StoreLocation(_store.Options.Root!, _store.Options.RunRoot!)).Append(
            new EventEntry("container", "die", container.Id) { ExitCode = 9, Attributes = [("run", "1")] }
        );

        Engine.Containers.Wait(container, Eventually.Bound);

        Assert.Equal(["create", "start run=1", "die (9) run=1"], Of(container.Id).Select(Short));
    }

    [SkippableFact]
    public void Monitors_killed_at_any_moment_leave_one_end_of_each_run()
    {
        TestStore.NeedsRoot();
        var moments = new RandomMoments(output);
        var containers = new List<Container>();
        for (int round = 0; round < 25; round++)
        {
            Container container = _store.Started(TestStore.Shell("exit 3"));
            containers.Add(container);
            using Pidfd? monitor = container.View.Current.Monitor.Open();
            RandomMoments.Pass(moments.Next(TimeSpan.Zero, TimeSpan.FromMilliseconds(4)));
            monitor?.SendSignal(Signal.Kill);
            monitor?.WaitForExit(Eventually.Bound);
        }

        foreach (Container container in containers)
        {
            ExitStatus status = Engine.Containers.Wait(container, Eventually.Bound);
            string died = status.ExitCode is { } code ? $"die ({code}) run=1" : "die run=1";
            Assert.Equal(["create", "start run=1", died], Of(container.Id).Select(Short));
        }

        output.WriteLine($"{containers.Count(container => container.ExitCode is null)} of {containers.Count} ended unseen");
    }

    [SkippableFact]
    public void A_run_that_a_restart_of_the_host_ended_dies_when_it_is_met()
    {
        TestStore.NeedsRoot();
        Container removed = OfAnotherBoot();
        Container started = OfAnotherBoot();

        Engine.Containers.Remove(removed);
        Engine.Containers.Start(started);
        Engine.Containers.Kill(started);
        Engine.Containers.Wait(started, Eventually.Bound);

        Assert.Equal(["create", "start run=1", "die run=1", "destroy"], Of(removed.Id).Select(Short));
        Assert.Equal(
            ["create", "start run=1", "die run=1", "start run=2", "kill signal=9", "die (137) run=2 signal=9"],
            Of(started.Id).Select(Short)
        );
    }

    [SkippableFact]
    public void A_removal_that_was_killed_is_recorded_when_it_is_completed_and_once()
    {
        TestStore.NeedsRoot();
        Container container = Engine.Containers.Create(TestStore.Idle());
        ContainerTrash.Take(container.View.Paths);

        _store.Another().Containers.Reconcile();
        _store.Another().Containers.Reconcile();

        Assert.Equal(["create", "destroy"], Of(container.Id).Select(Short));
    }

    [SkippableFact]
    public void A_container_with_a_damaged_record_is_destroyed_too()
    {
        TestStore.NeedsRoot();
        Container container = Engine.Containers.Create(TestStore.Idle("broken"));
        File.WriteAllText(container.View.Paths.Record, "{");

        Engine.Containers.Remove(_store.Another().Containers.Get(container.Id), force: true);

        Assert.Equal(["create", "destroy"], Of(container.Id).Select(Short));
        Assert.Equal("broken", Of(container.Id)[1].Actor.Name);
    }

    [SkippableFact]
    public void A_journal_that_takes_nothing_fails_no_command()
    {
        TestStore.NeedsRoot();
        var engine = ContainerEngine.Open(_store.Options);
        Directory.Delete(Journal, recursive: true);
        File.WriteAllText(Journal, "");
        Container container = engine.Containers.Create(TestStore.Shell("exit 3"));
        engine.Containers.Start(container);
        Assert.Equal(3, engine.Containers.Wait(container, Eventually.Bound).ExitCode);

        string warning = Assert.Single(engine.Containers.Warnings(TestStore.Idle()));
        Assert.StartsWith("Events could not be recorded: ", warning, StringComparison.Ordinal);
        Assert.Contains("ENOTDIR", warning, StringComparison.Ordinal);

        File.Delete(Journal);
        engine.Containers.Remove(container);
        Assert.Equal(["destroy"], Of(container.Id).Select(Short));
        Assert.Empty(engine.Containers.Warnings(TestStore.Idle()));
    }

    [SkippableFact]
    public void Monitors_and_engines_turn_the_journal_together_and_keep_one_gap_free_order()
    {
        TestStore.NeedsRoot();
        ContainerEngine[] engines = [.. Enumerable.Range(0, 4).Select(_ => Small())];
        string[] ids =
        [
            .. engines
                .AsParallel()
                .WithDegreeOfParallelism(4)
                .SelectMany(engine =>
                    Enumerable
                        .Range(0, 8)
                        .Select(number =>
                        {
                            using ContainerRun run = engine.Containers.Run(TestStore.Shell($"exit {number}"));
                            run.Wait();
                            return run.Container.Id;
                        })
                        .ToList()
                ),
        ];
        Assert.All(engines, engine => Assert.True(engine.Containers.WaitForDeletions(Eventually.Bound)));

        EventList read = Engine.Events.List();
        Assert.Empty(read.Warnings);
        Assert.Equal(Enumerable.Range(1, read.Events.Count), read.Events.Select(found => (int)found.Sequence));
        Assert.Equal(32, ids.Length);
        Assert.All(ids, id => Assert.Equal(["create", "start", "die", "destroy"], Of(id).Select(found => found.Action)));
        Assert.True(Directory.GetFiles(Journal).Length > 30);
    }

    [SkippableFact]
    public void A_monitor_finds_a_newer_segment_and_makes_one_that_a_killed_writer_did_not()
    {
        TestStore.NeedsRoot();
        ContainerEngine small = Small();
        Container turned = Started(small);
        Container unfinished = Started(small);
        var writer = new EventJournal(new StoreLocation(_store.Options.Root!, _store.Options.RunRoot!), Tiny);
        for (int i = 0; i < 20; i++)
        {
            writer.Append(EventWriter.Event("other", i + 1));
        }

        small.Containers.Kill(turned);
        small.Containers.Wait(turned, Eventually.Bound);
        Assert.Equal("die", Of(turned.Id)[^1].Action);

        // A writer that was killed when it had sealed the segment. Nobody but the monitor writes then.
        string newest = Directory.GetFiles(Journal).Order().Last();
        string long1 = new('x', 700);
        File.AppendAllText(newest, System.Text.Encoding.UTF8.GetString(EventLine.Format(new EventEntry("image", "test", long1))));
        File.AppendAllText(newest, System.Text.Encoding.ASCII.GetString(Native.Launch.EventFormat.Seal));
        int before = Directory.GetFiles(Journal).Length;
        using (Pidfd process = unfinished.View.Current.First.Open()!)
        {
            process.SendSignal(Signal.Kill);
        }

        small.Containers.Wait(unfinished, Eventually.Bound);
        Assert.Equal(before + 1, Directory.GetFiles(Journal).Length);
        Assert.Equal("die (137) run=1 signal=9", Short(Of(unfinished.Id)[^1]));
        EventList read = Engine.Events.List();
        Assert.Empty(read.Warnings);
        Assert.Equal(Enumerable.Range(1, read.Events.Count), read.Events.Select(found => (int)found.Sequence));
    }

    private static string Short(ContainerEvent found) =>
        string.Join(
            ' ',
            [
                found.Action,
                .. found.ExitCode is { } code ? [$"({code})"] : (string[])[],
                .. found.Attributes.Where(pair => pair.Key is "run" or "signal").Select(pair => $"{pair.Key}={pair.Value}"),
            ]
        );

    private IReadOnlyList<ContainerEvent> Of(string id)
    {
        EventList read = Engine.Events.List(new EventQuery { Container = actor => actor.Id == id });
        Assert.Empty(read.Warnings);
        return read.Events;
    }

    private ContainerEngine Small() => ContainerEngine.Open(_store.Options with { EventBounds = Tiny });

    private static Container Started(ContainerEngine engine)
    {
        Container container = engine.Containers.Create(TestStore.Idle());
        engine.Containers.Start(container);
        return container;
    }

    private Container OfAnotherBoot()
    {
        Container container = EndedUnseen();
        ContainerPaths paths = container.View.Paths;
        File.WriteAllText(
            paths.Start,
            File.ReadAllText(paths.Start).Replace(HostFacts.BootId, "00000000-0000-0000-0000-000000000000", StringComparison.Ordinal)
        );
        Directory.Delete(paths.RunDirectory, recursive: true);
        return container;
    }

    private Container EndedUnseen()
    {
        Container container = _store.Ready(TestStore.Idle());
        int pid = container.Pid!.Value;
        KillMonitor(container);
        using (var init = Pidfd.Open(pid))
        {
            init.SendSignal(Signal.Kill);
            init.WaitForExit(Eventually.Bound);
        }

        Eventually.True(() => !Directory.Exists($"/proc/{pid}"), "the reaping of the container's process");
        return container;
    }

    private static void KillMonitor(Container container)
    {
        using Pidfd monitor = container.View.Current.Monitor.Open()!;
        monitor.SendSignal(Signal.Kill);
        monitor.WaitForExit(Eventually.Bound);
    }
}
