using System.Diagnostics;
using System.Text.Json.Nodes;
using ContainerPS.Engine.Common;
using ContainerPS.Engine.Containers.Checks;
using ContainerPS.Engine.Containers.State;
using ContainerPS.Engine.Images;
using ContainerPS.Native.Cgroups;
using ContainerPS.Native.Linux;
using Xunit.Abstractions;

namespace ContainerPS.Engine.Tests.Containers;

/// <summary>
/// Each kind of damage is found and, where nothing can be lost by it, repaired; what is in use or another's is left alone.
/// </summary>
[Collection(KernelTests.Name)]
public sealed class StorageTests(ITestOutputHelper output) : IDisposable
{
    private readonly TestStore _store = new();
    private ContainerEngine? _impatient;

    private ContainerEngine Engine => _store.Engine;

    /// <summary>For which everything is old enough to be a left-over.</summary>
    private ContainerEngine Impatient => _impatient ??= _store.Another(_store.Options with { LeftOverAge = TimeSpan.Zero });

    private string Root => _store.Options.Root!;

    private string RunRoot => _store.Options.RunRoot!;

    public void Dispose() => _store.Dispose();

    [SkippableFact]
    public void A_whole_store_has_no_problem()
    {
        TestStore.NeedsRoot();
        Assert.True(Engine.Containers.WaitForDeletions(Eventually.Bound));
        Engine.Containers.Create(TestStore.Idle("created"));
        _store.Started(TestStore.Idle("running"));
        Engine.Containers.Pause(_store.Started(TestStore.Idle("paused")));
        Container exited = _store.Started(TestStore.Shell("true") with { Name = "exited" });
        Engine.Containers.Wait(exited);
        Assert.ThrowsAny<EngineException>(() =>
            _store.Started(
                new ContainerDefinition
                {
                    RootFs = "/",
                    Command = ["/nowhere"],
                    Name = "failed",
                }
            )
        );
        using ContainerRun run = Engine.Containers.Run(TestStore.Idle("throw-away"));

        Assert.Empty(Impatient.Storage.Test(new StorageTestOptions { Deep = true }));
        Assert.Empty(Impatient.Storage.Repair([]));

        run.Kill();
        run.Wait();
        Engine.Containers.Resume(Engine.Containers.Get("paused"));
    }

    [Fact]
    public void Where_there_is_no_store_there_is_no_problem_and_none_is_made()
    {
        string nowhere = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        var engine = ContainerEngine.Open(_store.Options with { Root = nowhere, RunRoot = nowhere + "-run" });

        Assert.Empty(engine.Storage.Test(new StorageTestOptions { Deep = true }));

        Assert.False(Directory.Exists(nowhere) || Directory.Exists(nowhere + "-run"));
    }

    [Fact]
    public void Every_kind_is_found_by_one_checker() =>
        Assert.Equal(Enum.GetValues<StorageProblemKind>(), Engine.Storage.Checkers.SelectMany(checker => checker.Kinds).Order());

    [SkippableTheory]
    [InlineData("}", "damaged")]
    [InlineData("", "newer version")]
    public void A_container_whose_record_cannot_be_read_is_told_of_and_kept(string tail, string why)
    {
        TestStore.NeedsRoot();
        Container container = Engine.Containers.Create(TestStore.Idle("hurt"));
        JsonNode newer = JsonNode.Parse(File.ReadAllText(container.BundlePath + "/container.json"))!;
        newer["schema"] = 99;
        newer["minReader"] = 99;
        string record = newer.ToJsonString() + tail;
        File.WriteAllText(container.BundlePath + "/container.json", record);

        StorageProblem problem = Assert.Single(Impatient.Storage.Test());

        Assert.Equal((StorageProblemKind.DeadContainer, container.Id, false), (problem.Kind, problem.Target, problem.CanRepair));
        Assert.Contains("'hurt'", problem.Message, StringComparison.Ordinal);
        Assert.Contains(why, problem.Message, StringComparison.Ordinal);
        Assert.Contains("Remove-Container hurt -Force", problem.Remedy, StringComparison.Ordinal);
        Assert.False(Assert.Single(Impatient.Storage.Repair([problem])).Repaired);
        Assert.Equal(record, File.ReadAllText(container.BundlePath + "/container.json"));
    }

    [SkippableFact]
    public void A_missing_work_directory_is_made_again_and_lost_files_are_told_of()
    {
        TestStore.NeedsRoot();
        Container workless = Engine.Containers.Create(TestStore.Shell("true") with { Name = "workless" });
        Container upperless = Engine.Containers.Create(TestStore.Idle("upperless"));
        string rootFs = Directory.CreateTempSubdirectory("containerps-rootfs-").FullName;
        Container rootless = Engine.Containers.Create(TestStore.Idle("rootless") with { RootFs = rootFs });
        Directory.Delete(workless.View.Paths.Work);
        Directory.Delete(upperless.View.Paths.Upper);
        Directory.Delete(rootFs);

        IReadOnlyList<StorageProblem> problems = Engine.Storage.Test();

        Assert.All(problems, problem => Assert.Equal(StorageProblemKind.MissingDirectory, problem.Kind));
        Assert.Equal(
            new[] { (workless.View.Paths.Work, true), (upperless.View.Paths.Upper, false), (rootFs, false) }.Order(),
            problems.Select(problem => (problem.Target, problem.CanRepair)).Order()
        );
        Assert.Equal([workless.View.Paths.Work], Engine.Storage.Repair(problems).Where(done => done.Repaired).Select(done => done.Target));
        Engine.Containers.Start(workless);
        Assert.Equal(0, Engine.Containers.Wait(workless).ExitCode);
        Assert.Equal(["rootless", "upperless", "workless"], Engine.Containers.List().Select(container => container.Name).Order());
        _ = rootless;
    }

    [SkippableFact]
    public void The_init_layer_is_made_again()
    {
        TestStore.NeedsRoot();
        string rootFs = Directory.CreateTempSubdirectory("containerps-rootfs-").FullName;
        Engine.Images.FromRootFs(rootFs, ImageReference.Parse("empty"));
        Directory.Delete(rootFs);
        Engine.Containers.Create(
            new ContainerDefinition
            {
                Image = "empty",
                Command = ["/none"],
                Name = "one",
            }
        );
        Engine.Containers.Create(
            new ContainerDefinition
            {
                Image = "empty",
                Command = ["/none"],
                Name = "two",
            }
        );
        TreeRemover.Delete($"{Root}/layers/init");

        // The short link to it leads nowhere then.
        IReadOnlyList<StorageProblem> problems = Engine.Storage.Test();
        Assert.Equal([StorageProblemKind.MissingDirectory, StorageProblemKind.LeftOver], problems.Select(problem => problem.Kind));
        Assert.All(Engine.Storage.Repair(problems), done => Assert.True(done.Repaired, done.ToString()));

        Assert.True(Directory.Exists($"{Root}/layers/init/fs/proc"));
        Assert.True(Files.Exists($"{Root}/layers/l/init"));
        Assert.Empty(Engine.Storage.Test());
    }

    [SkippableFact]
    public void A_name_that_leads_to_no_container_or_to_another_one_is_given_back()
    {
        TestStore.NeedsRoot();
        Container web = Engine.Containers.Create(TestStore.Idle("web"));
        Name("gone", new string('a', 64));
        Name("nonsense", "../../containers");
        Name("other", web.Id);
        File.WriteAllText($"{Root}/names/file", "");

        IReadOnlyList<StorageProblem> problems = Impatient.Storage.Test();

        Assert.All(problems, problem => Assert.Equal(StorageProblemKind.LeakedName, problem.Kind));
        Assert.Equal(["file", "gone", "nonsense", "other"], problems.Select(problem => Path.GetFileName(problem.Target)).Order());
        Assert.Equal(
            ["file"],
            Impatient.Storage.Repair(problems).Where(done => !done.Repaired).Select(done => Path.GetFileName(done.Target))
        );
        Assert.Equal(["file", "web"], Directory.GetFileSystemEntries($"{Root}/names").Select(Path.GetFileName).Order());
        File.Delete($"{Root}/names/file");
        Assert.Equal(web, Engine.Containers.Get("web"));
    }

    [SkippableTheory]
    [InlineData("../../containers")]
    [InlineData(null)]
    public void What_lies_in_the_place_of_a_name_and_is_none_refuses_a_create_and_is_not_followed(string? link)
    {
        TestStore.NeedsRoot();
        Engine.Containers.Create(TestStore.Idle("web"));
        if (link is null)
        {
            File.WriteAllText($"{Root}/names/blocked", "");
        }
        else
        {
            Name("blocked", link);
        }

        ContainerStorageException refused = Assert.Throws<ContainerStorageException>(() =>
            Engine.Containers.Create(TestStore.Idle("blocked"))
        );

        Assert.Equal(ErrorIds.StoreCorrupt, refused.ErrorId);
        Assert.Contains("Test-ContainerStorage", refused.Remedy, StringComparison.Ordinal);
        Assert.Equal("web", Assert.Single(Engine.Containers.List()).Name);
        File.Delete($"{Root}/names/blocked");
    }

    [SkippableFact]
    public void A_container_gets_its_name_again_unless_another_one_has_it()
    {
        TestStore.NeedsRoot();
        Container lost = Engine.Containers.Create(TestStore.Idle("lost"));
        Container robbed = Engine.Containers.Create(TestStore.Idle("robbed"));
        File.Delete($"{Root}/names/lost");
        File.Delete($"{Root}/names/robbed");
        Container thief = Engine.Containers.Create(TestStore.Idle("robbed"));

        IReadOnlyList<StorageProblem> problems = Engine.Storage.Test();

        Assert.All(problems, problem => Assert.Equal(StorageProblemKind.MissingName, problem.Kind));
        Assert.Equal(
            new[] { (lost.Id, true), (robbed.Id, false) }.Order(),
            problems.Select(problem => (problem.Target, problem.CanRepair)).Order()
        );
        Engine.Storage.Repair(problems);
        Assert.Equal(lost, Engine.Containers.Get("lost"));
        Assert.Equal(thief, Engine.Containers.Get("robbed"));
        Engine.Containers.Remove(robbed);
        Assert.Equal(thief, Engine.Containers.Get("robbed"));
        Assert.Empty(Engine.Storage.Test());
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_run_whose_monitor_has_died_gets_another_one_or_its_end(bool goesOn)
    {
        TestStore.NeedsRoot();
        Container container = _store.Ready(TestStore.Idle("orphan"));
        KillMonitor(container);
        if (!goesOn)
        {
            KillFirst(container);
        }

        StorageProblem problem = Assert.Single(Engine.Storage.Test());
        Assert.Equal((StorageProblemKind.DeadMonitor, container.Id, true), (problem.Kind, problem.Target, problem.CanRepair));
        Assert.Empty(_store.Monitors());

        Assert.True(Assert.Single(Engine.Storage.Repair([problem])).Repaired);

        Assert.Equal(goesOn ? ContainerState.Running : ContainerState.Exited, container.State);
        Assert.Equal(goesOn ? 1 : 0, _store.Monitors().Count);
        Assert.Empty(Engine.Storage.Test());
    }

    [SkippableFact]
    public void A_container_that_should_have_removed_itself_is_removed()
    {
        TestStore.NeedsRoot();
        Container container = Engine.Containers.Create(TestStore.Idle("brief") with { AutoRemove = true });
        ExitRecords.AppendExit(container.View.Paths.State, new RunExit(1, 0, 0, false, DateTimeOffset.UtcNow.AddMinutes(-2)));

        Assert.True(RepairOf(StorageProblemKind.OverdueRemoval, container.Id).Repaired);

        Assert.Equal(ContainerState.Removed, container.State);
    }

    [SkippableFact]
    public void The_cgroup_of_an_ended_run_goes_with_what_is_left_in_it()
    {
        TestStore.NeedsRoot();
        Container container = _store.Started(TestStore.Shell("true"));
        Engine.Containers.Wait(container);
        Cgroup cgroup = CgroupHost.Detect().Create(container.Cgroup.Path);
        using Process left = SleepIn(cgroup);

        StorageProblem repaired = RepairOf(StorageProblemKind.LeakedCgroup, cgroup.Path);

        Assert.True(repaired.Repaired, repaired.ToString());
        Assert.False(cgroup.Exists);
        Assert.True(left.WaitForExit(Eventually.Bound));
    }

    [SkippableFact]
    public void A_run_that_has_lost_its_run_directory_is_not_killed()
    {
        TestStore.NeedsRoot();
        Container container = _store.Ready(TestStore.Idle("lost"));
        int pid = container.Pid!.Value;
        Directory.Move(container.View.Paths.RunDirectory, RunRoot + "/kept");

        StorageProblem problem = Assert.Single(Impatient.Storage.Test());

        Assert.Equal((StorageProblemKind.LeakedCgroup, false), (problem.Kind, problem.CanRepair));
        Assert.False(Assert.Single(Impatient.Storage.Repair([problem])).Repaired);
        Assert.True(ProcessIdentity.Of(pid)!.IsAlive);
        Directory.Move(RunRoot + "/kept", container.View.Paths.RunDirectory);
        Assert.Equal(ContainerState.Running, container.State);
    }

    [SkippableFact]
    public void A_cgroup_of_a_container_that_no_record_knows_is_removed_when_it_is_empty_or_ours()
    {
        TestStore.NeedsRoot();
        Container forgotten = _store.Ready(TestStore.Idle());
        Cgroup ours = CgroupHost.Detect().Open(forgotten.Cgroup.Path);
        Cgroup empty = CgroupHost.Detect().Create($"{_store.Options.CgroupParent}/{new string('e', 64)}");
        // Of another store with the same cgroup parent.
        Cgroup foreign = CgroupHost.Detect().Create($"{_store.Options.CgroupParent}/{new string('f', 64)}");
        using Process stranger = SleepIn(foreign);
        int pid = forgotten.Pid!.Value;
        string id = forgotten.Id;
        Array.ForEach([$"{Root}/containers/{id}", $"{RunRoot}/containers/{id}"], TreeRemover.Delete);
        Array.ForEach([$"{Root}/names/{forgotten.Name}", $"{RunRoot}/locks/{id}.lock"], File.Delete);
        Assert.DoesNotContain(Engine.Storage.Test(), problem => problem.Target == empty.Path);

        IReadOnlyList<StorageProblem> problems = Impatient.Storage.Test();

        Assert.All(problems, problem => Assert.Equal((StorageProblemKind.LeakedCgroup, true), (problem.Kind, problem.CanRepair)));
        Assert.Equal(new[] { ours.Path, empty.Path }.Order(), problems.Select(problem => problem.Target).Order());
        Assert.All(Impatient.Storage.Repair(problems), done => Assert.True(done.Repaired, done.Failure));
        Assert.Null(ProcessIdentity.Of(pid) is { IsAlive: true } alive ? alive : null);
        Assert.False(ours.Exists || empty.Exists);
        Assert.True(foreign.Exists);
        Assert.False(stranger.HasExited);

        stranger.Kill();
        stranger.WaitForExit();
        foreign.Remove(Eventually.Bound);
    }

    [SkippableFact]
    public void Left_overs_of_killed_processes_are_deleted()
    {
        TestStore.NeedsRoot();
        Container kept = Engine.Containers.Create(TestStore.Idle("kept"));
        Dictionary<string, StorageProblemKind> left = MakeLeftOvers();
        Assert.Equal(
            left.Where(pair =>
                    pair.Value
                        is StorageProblemKind.UnfinishedContainer
                            or StorageProblemKind.LeakedRunDirectory
                            or StorageProblemKind.ExpiredExit
                )
                .Select(pair => pair.Key)
                .Order(),
            Engine.Storage.Test().Select(problem => problem.Target).Order()
        );

        IReadOnlyList<StorageProblem> problems = Impatient.Storage.Test();

        Assert.Equal(
            left.OrderBy(pair => pair.Key),
            problems.ToDictionary(found => found.Target, found => found.Kind).OrderBy(pair => pair.Key)
        );
        Assert.All(Impatient.Storage.Repair(problems), done => Assert.True(done.Repaired, done.ToString() + done.Failure));
        Assert.All(left.Keys, path => Assert.True(path.EndsWith("/exits", StringComparison.Ordinal) || !Files.Exists(path), path));
        Assert.Empty(Impatient.Storage.Test());
        Assert.Equal(kept, Assert.Single(Engine.Containers.List()));
    }

    [SkippableFact]
    public void What_another_process_is_working_on_is_no_problem_and_is_left_alone()
    {
        TestStore.NeedsRoot();
        Container container = Engine.Containers.Create(TestStore.Idle("busy"));
        Directory.Delete(container.View.Paths.Work);
        string half = Directory.CreateDirectory($"{Root}/containers/{new string('a', 64)}").FullName;
        string spare = Directory.CreateDirectory($"{Root}/spare/{new string('b', 64)}").FullName;
        FileLock[] held =
        [
            FileLock.TryAcquire(container.View.Paths.Lock)!,
            FileLock.TryAcquire($"{RunRoot}/locks/{new string('a', 64)}.lock")!,
            FileLock.TryAcquireDirectory(spare)!,
        ];

        Assert.Empty(Impatient.Storage.Test());

        Array.ForEach(held, one => one.Dispose());
        Assert.Equal(
            [
                StorageProblemKind.MissingDirectory,
                StorageProblemKind.UnfinishedContainer,
                StorageProblemKind.LeakedSpare,
                StorageProblemKind.LeakedLock,
            ],
            Impatient.Storage.Repair(Impatient.Storage.Test()).Where(done => done.Repaired).Select(done => done.Kind)
        );
        Assert.False(Directory.Exists(half) || Directory.Exists(spare));
    }

    [SkippableFact]
    public void A_problem_that_is_gone_or_well_by_then_is_not_repaired_a_second_time()
    {
        TestStore.NeedsRoot();
        Container container = Engine.Containers.Create(TestStore.Idle("web"));
        File.Delete($"{Root}/names/web");
        string half = Directory.CreateDirectory($"{Root}/containers/{new string('a', 64)}").FullName;
        IReadOnlyList<StorageProblem> problems = Engine.Storage.Test();
        Assert.Equal(2, problems.Count);
        Directory.Delete(half);
        Name("web", container.Id);

        Assert.All(Engine.Storage.Repair(problems), done => Assert.True(done.Repaired, done.Failure));

        Assert.Equal(container, Engine.Containers.Get("web"));
    }

    [SkippableFact]
    public void What_cannot_be_deleted_is_a_failure_of_the_repair()
    {
        TestStore.NeedsRoot();
        string trash = Directory.CreateDirectory($"{Root}/trash/{new string('a', 64)}/upper").Parent!.FullName;
        File.WriteAllText(trash + "/upper/immutable", "");
        Skip.IfNot(Chattr("+i", trash + "/upper/immutable"), "chattr +i needs e2fsprogs and a file system that knows it.");

        StorageProblem problem = Assert.Single(Impatient.Storage.Repair(Impatient.Storage.Test()));

        Assert.True(Chattr("-i", trash + "/upper/immutable"));
        Assert.Equal((StorageProblemKind.UnfinishedRemoval, trash, false), (problem.Kind, problem.Target, problem.Repaired));
        Assert.Contains("EPERM", problem.Failure, StringComparison.Ordinal);
        Assert.True(Assert.Single(Impatient.Storage.Repair([problem])).Repaired);
    }

    [Fact]
    public void A_mount_within_the_store_is_told_of_and_never_unmounted()
    {
        var location = new StoreLocation("/store", "/run/store");
        IReadOnlyList<MountEntry> table = MountTable.Parse(
            """
            20 1 0:18 / / rw - ext4 /dev/vda rw
            21 20 0:19 / /store/containers rw - ext4 /dev/vdb rw
            22 21 0:20 / /store/containers/abc/upper/data rw - tmpfs tmpfs rw
            23 20 0:21 / /store-of-another/containers/abc rw - tmpfs tmpfs rw

            """u8
        );
        var checker = new MountChecker(location, () => table);

        StorageProblem problem = Assert.Single(checker.Look(new StorageTestOptions(), CancellationToken.None));

        Assert.Equal(
            (StorageProblemKind.StaleMount, "/store/containers/abc/upper/data", false),
            (problem.Kind, problem.Target, problem.CanRepair)
        );
    }

    [SkippableFact]
    public async Task Two_repairs_at_once_do_not_hinder_each_other()
    {
        TestStore.NeedsRoot();
        for (int round = 0; round < 5; round++)
        {
            MakeLeftOvers();
            ContainerEngine[] engines = [Impatient, _store.Another(Impatient.Options)];
            IReadOnlyList<StorageProblem> problems = Impatient.Storage.Test();
            Assert.Equal(6, problems.Count);

            IReadOnlyList<StorageProblem>[] done = await Task.WhenAll(
                engines.Select(engine => Task.Run(() => engine.Storage.Repair(problems)))
            );

            Assert.All(done.SelectMany(all => all), one => Assert.True(one.Repaired, one.ToString() + one.Failure));
            Assert.Empty(Impatient.Storage.Test());
        }
    }

    [SkippableFact]
    public async Task A_repair_takes_nothing_from_containers_that_start_and_end()
    {
        TestStore.NeedsRoot();
        using var done = new CancellationTokenSource();
        Task<List<StorageProblem>> tests = Task.Run(() =>
        {
            var seen = new List<StorageProblem>();
            while (!done.IsCancellationRequested)
            {
                seen.AddRange(_store.Another().Storage.Test());
            }

            return seen;
        });
        var repairs = Task.Run(() =>
        {
            while (!done.IsCancellationRequested)
            {
                Impatient.Storage.Repair(Impatient.Storage.Test());
            }
        });

        for (int i = 0; i < 25; i++)
        {
            Container container = _store.Started(TestStore.Shell("exit 3") with { Name = $"kept{i}" });
            Assert.Equal(3, Engine.Containers.Wait(container).ExitCode);
            using (ContainerRun run = Engine.Containers.Run(TestStore.Shell("exit 4")))
            {
                Assert.Equal(4, run.Wait().ExitCode);
            }

            Engine.Containers.Start(container);
            Assert.Equal(3, Engine.Containers.Wait(container).ExitCode);
            Engine.Containers.Remove(container);
        }

        await done.CancelAsync();
        await repairs;
        Assert.Empty(await tests);
    }

    [SkippableFact]
    public void A_repair_that_is_killed_is_completed_by_the_next_one()
    {
        TestStore.NeedsRoot();
        var moments = new RandomMoments(output);
        Container kept = _store.Ready(TestStore.Idle("kept"));
        for (int round = 0; round < 8; round++)
        {
            MakeLeftOvers();
            KillMonitor(kept);
            using (var repair = Starter.Begin(_store.Options, out string said, "repair"))
            {
                Assert.Equal("looked", said);
                repair.Tell("now");
                RandomMoments.Pass(moments.Next(TimeSpan.Zero, TimeSpan.FromMilliseconds(60)));
                repair.Kill();
            }

            Assert.All(
                Impatient.Storage.Repair(Impatient.Storage.Test()),
                done => Assert.True(done.Repaired, done.ToString() + done.Failure)
            );
            Assert.Empty(Impatient.Storage.Test());
            Assert.Equal(ContainerState.Running, kept.State);
        }
    }

    [SkippableFact]
    public void A_check_can_be_cancelled()
    {
        TestStore.NeedsRoot();
        Engine.Containers.Create(TestStore.Idle());
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => Engine.Storage.Test(cancellation: cancelled.Token));
    }

    private StorageProblem RepairOf(StorageProblemKind kind, string target)
    {
        StorageProblem problem = Assert.Single(Impatient.Storage.Test());
        Assert.Equal((kind, target, true), (problem.Kind, problem.Target, problem.CanRepair));
        StorageProblem done = Assert.Single(Impatient.Storage.Repair([problem]));
        Assert.True(Impatient.Containers.WaitForDeletions(Eventually.Bound));
        Assert.Empty(Impatient.Storage.Test());
        return done;
    }

    /// <summary>One of each kind, by path.</summary>
    private Dictionary<string, StorageProblemKind> MakeLeftOvers()
    {
        Engine.Containers.List();
        string half = Directory.CreateDirectory($"{Root}/containers/{new string('a', 64)}/upper").Parent!.FullName;
        string run = Directory.CreateDirectory($"{RunRoot}/containers/{new string('b', 64)}").FullName;
        string trash = Directory.CreateDirectory($"{Root}/trash/{new string('c', 64)}/upper").Parent!.FullName;
        string spare = Directory.CreateDirectory($"{Root}/spare/{new string('d', 64)}/upper").Parent!.FullName;
        string lockFile = $"{RunRoot}/locks/{new string('e', 64)}.lock";
        File.WriteAllText(lockFile, "");
        string exit = $"{RunRoot}/exits/{new string('f', 64)}";
        File.WriteAllText(exit, "");
        File.SetLastWriteTimeUtc(exit, DateTime.UtcNow.AddDays(-2));
        return new Dictionary<string, StorageProblemKind>
        {
            [half] = StorageProblemKind.UnfinishedContainer,
            [run] = StorageProblemKind.LeakedRunDirectory,
            [trash] = StorageProblemKind.UnfinishedRemoval,
            [spare] = StorageProblemKind.LeakedSpare,
            [lockFile] = StorageProblemKind.LeakedLock,
            [RunRoot + "/exits"] = StorageProblemKind.ExpiredExit,
        };
    }

    private void Name(string name, string id) => File.CreateSymbolicLink($"{Root}/names/{name}", id);

    private static Process SleepIn(Cgroup cgroup)
    {
        Process process = Process.Start(new ProcessStartInfo("sleep", ["600"]))!;
        foreach (CgroupHierarchy hierarchy in cgroup.Host.Hierarchies.Where(one => Directory.Exists(one.PathOf(cgroup.Path))))
        {
            File.WriteAllText($"{hierarchy.PathOf(cgroup.Path)}/cgroup.procs", $"{process.Id}");
        }

        return process;
    }

    private static void KillMonitor(Container container)
    {
        int pid = container.View.Current.MonitorPid;
        Assert.True(pid > 1);
        using Pidfd monitor = container.View.Current.Monitor.Open()!;
        monitor.SendSignal(Signal.Kill);
        Eventually.True(() => ProcessIdentity.Of(pid) is not { IsAlive: true }, "the end of the monitor");
    }

    private static void KillFirst(Container container)
    {
        int pid = container.View.Current.Pid;
        using Pidfd first = container.View.Current.First.Open()!;
        first.SendSignal(Signal.Kill);
        Eventually.True(() => ProcessIdentity.Of(pid) is not { IsAlive: true }, "the end of the first process");
    }

    private static bool Chattr(string flag, string path)
    {
        try
        {
            using Process chattr = Process.Start(new ProcessStartInfo("chattr", [flag, path]) { RedirectStandardError = true })!;
            chattr.WaitForExit();
            return chattr.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
