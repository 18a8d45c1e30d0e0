using System.Diagnostics;
using ContainerPS.Engine.Tests.Common;
using ContainerPS.Engine.Tests.Events;
using ContainerPS.Native.Cgroups;
using ContainerPS.Native.Linux;
using Xunit.Abstractions;

namespace ContainerPS.Engine.Tests.Containers;

/// <summary>
/// A disk that becomes full at each write of a container's life in turn: with no page free, with one, with two, … until nothing fails any
/// more. A small tmpfs holds the store and the run root, in a mount namespace of its own.
/// </summary>
[Collection(KernelTests.Name)]
public sealed class ContainersFullDiskTests(ITestOutputHelper output)
{
    public const string Verb = "containers-full";

    /// <summary>Each life is tried with one free page more than the one before.</summary>
    private const int Step = 1;

    private const int Page = 4096;

    [SkippableTheory]
    [InlineData("kept")]
    [InlineData("removes-itself")]
    public void A_full_disk_is_named_and_leaves_nothing_that_cannot_be_stopped_and_removed(string kind) =>
        Assert.Matches("^[1-9][0-9]* of [0-9]+ lives failed", RunOnSmallDisk(kind));

    /// <summary>Removing is how room is made.</summary>
    [SkippableTheory]
    [InlineData("ended")]
    [InlineData("running")]
    [InlineData("orphaned")]
    public void A_full_disk_keeps_no_container_from_being_removed(string kind) => Assert.Matches("^removed$", RunOnSmallDisk(kind).Trim());

    /// <summary>No rename leads from one file system into the trash of another.</summary>
    [SkippableFact]
    public void A_removal_across_file_systems_leaves_nothing_and_one_that_is_broken_off_is_completed() =>
        Assert.Matches("^removed$", RunOnSmallDisk("crossing").Trim());

    private string RunOnSmallDisk(string kind)
    {
        TestStore.NeedsRoot();
        SmallDisk.Require();
        DirectoryInfo mount = Directory.CreateTempSubdirectory("containerps-test-");
        try
        {
            string said = SmallDisk.Run("2m", mount.FullName, Verb, mount.FullName, kind);
            output.WriteLine(said);
            return said;
        }
        finally
        {
            mount.Delete(recursive: true);
        }
    }

    /// <summary>A first start writes the first line of the state log: without it the container would run unknown to everybody.</summary>
    private static bool StartsUnknown(ContainerEngine engine, Container container)
    {
        try
        {
            engine.Containers.Start(container);
            return container.State != ContainerState.Running;
        }
        catch (EngineException failure) when (failure.ErrorId == ErrorIds.StoreFull)
        {
            return false;
        }
    }

    public static int Run(string root, string kind)
    {
        string filler = Path.Combine(root, "filler");
        var options = new ContainerEngineOptions
        {
            Root = root + "/store",
            RunRoot = root + "/run",
            CgroupParent = "/containerps-test-" + Path.GetRandomFileName().Replace(".", "", StringComparison.Ordinal),
        };
        // The shim's copy and the journal's first page are there before the disk is full.
        var engine = ContainerEngine.Open(options);
        engine.Containers.Remove(engine.Containers.Create(TestStore.Shell("true")));
        engine.Containers.WaitForDeletions(Eventually.Bound);
        if (kind is "ended" or "running" or "orphaned")
        {
            RemoveOnFullDisk(engine, kind, filler);
            CgroupHost.Detect().Open(options.CgroupParent).Remove(Eventually.Bound);
            return 0;
        }

        if (kind == "crossing")
        {
            RemoveAcrossFileSystems(engine);
            CgroupHost.Detect().Open(options.CgroupParent).Remove(Eventually.Bound);
            return 0;
        }

        int pages = FullDisk.Fill(filler);
        int failed = 0;
        int lives = 0;
        for (int free = 0; ; free += Step, lives++)
        {
            using (FileStream file = File.OpenWrite(filler))
            {
                file.SetLength((long)(pages - free) * Page);
            }

            bool isWhole = Live(engine, kind == "removes-itself");
            failed += isWhole ? 0 : 1;
            File.Delete(filler);
            Clear(ContainerEngine.Open(options), free);
            if (isWhole)
            {
                break;
            }

            pages = FullDisk.Fill(filler);
        }

        CgroupHost.Detect().Open(options.CgroupParent).Remove(Eventually.Bound);
        Console.Out.WriteLine($"{failed} of {lives + 1} lives failed");
        return 0;
    }

    private static void RemoveOnFullDisk(ContainerEngine engine, string kind, string filler)
    {
        Container container = engine.Containers.Create(TestStore.Shell(kind == "ended" ? "exit 3" : "sleep 600"));
        engine.Containers.Start(container);
        if (kind == "ended")
        {
            engine.Containers.Wait(container);
        }

        FullDisk.Fill(filler);
        if (kind == "orphaned")
        {
            Eventually.True(() => container.View.Current.Monitor.IsAlive, "its monitor");
            foreach (ProcessIdentity one in (ProcessIdentity[])[container.View.Current.Monitor, container.View.Current.First])
            {
                using Pidfd process = one.Open()!;
                process.SendSignal(Signal.Kill);
                Eventually.True(() => !one.IsAlive, "the end of a process");
            }
        }

        engine.Containers.Remove(container, force: true);

        Require(container.State == ContainerState.Removed, $"it is {container.State}");
        Require(engine.Containers.List().Count == 0, "it is listed");
        Require(engine.Containers.WaitForDeletions(Eventually.Bound), "deletions");
        string kept = $"{engine.Options.RunRoot}/exits/{container.Id}";
        Require(!File.Exists(kept) || new FileInfo(kept).Length > 0, "half an exit is kept");
        Require(engine.Containers.Warnings(TestStore.Shell("true")).Any(), "nothing is told of what could not be recorded");
        File.Delete(filler);
        Require(engine.Storage.Test().Count == 0, string.Join("; ", engine.Storage.Test().Select(problem => problem.Message)));
        Console.Out.WriteLine("removed");
    }

    private static void RemoveAcrossFileSystems(ContainerEngine engine)
    {
        string[] places = [engine.Options.Root + "/containers", engine.Options.RunRoot + "/containers"];
        foreach (string place in places)
        {
            Do("mount", "--bind", place, place);
        }

        foreach (bool removesItself in (bool[])[false, true])
        {
            Container whole = engine.Containers.Create(TestStore.Shell("echo x > /file; sleep 600") with { AutoRemove = removesItself });
            engine.Containers.Start(whole);
            engine.Containers.Remove(whole, force: true);
            Require(places.All(place => !Directory.EnumerateFileSystemEntries(place).Any()), "files are left");

            // What is mounted in it breaks the removal off, as a kill would.
            Container broken = engine.Containers.Create(TestStore.Shell("echo x > /file; sleep 600") with { AutoRemove = removesItself });
            engine.Containers.Start(broken);
            Eventually.True(() => File.Exists(broken.View.Paths.Upper + "/file"), "what it writes");
            string busy = Directory.CreateDirectory(broken.View.Paths.Upper + "/busy").FullName;
            Do("mount", "-t", "tmpfs", "tmpfs", busy);
            EngineException failure = Assert.Throws<EngineException>(() => engine.Containers.Remove(broken, force: true));
            Require(failure.Message.Contains("EBUSY", StringComparison.Ordinal), failure.Message);
            // From the end of the mount on the sweep behind the removal may complete it.
            Require(Directory.Exists(broken.View.Paths.Upper), "nothing is left to be completed");
            Do("umount", busy);
            Require(engine.Containers.List().Count == 0, "it is still listed");
            // What somebody still works on (the monitor's own removal) is left to the next process.
            Eventually.True(() => IsCleared(ContainerEngine.Open(engine.Options), places), "the removal of the rest");
        }

        Require(!engine.Storage.Test().Any(problem => problem.CanRepair), "problems are left");
        Array.ForEach(places, place => Do("umount", place));
        Console.Out.WriteLine("removed");
    }

    private static bool IsCleared(ContainerEngine next, string[] places)
    {
        next.Containers.Remove(next.Containers.Create(TestStore.Shell("true")));
        return next.Containers.WaitForDeletions(Eventually.Bound)
            && places.All(place => !Directory.EnumerateFileSystemEntries(place).Any());
    }

    private static void Do(string command, params string[] arguments)
    {
        using var process = Process.Start(command, arguments);
        process.WaitForExit();
        Require(process.ExitCode == 0, $"{command} {string.Join(' ', arguments)}");
    }

    /// <summary>False where the disk was too full for it; another failure is thrown.</summary>
    private static bool Live(ContainerEngine engine, bool removesItself)
    {
        try
        {
            Container container = engine.Containers.Create(TestStore.Idle("one") with { AutoRemove = removesItself });
            Require(!StartsUnknown(engine, container), "a start that is not recorded");
            if (container.State != ContainerState.Running)
            {
                return false;
            }

            engine.Containers.SetLimit(container, new CgroupLimitChange { Values = new CgroupLimitRequest { PidsMax = 50 } });
            engine.Containers.Stop(container, TimeSpan.Zero);
            if (!removesItself)
            {
                engine.Containers.Start(container);
                engine.Containers.Remove(container, force: true);
            }

            return true;
        }
        catch (EngineException failure) when (failure.ErrorId == ErrorIds.StoreFull)
        {
            Require(failure.Remedy is not null, "no way out");
            return false;
        }
    }

    /// <summary>With room again everything that is left can be stopped and removed, and then there is nothing.</summary>
    private static void Clear(ContainerEngine engine, int free)
    {
        foreach (Container container in engine.Containers.List())
        {
            try
            {
                engine.Containers.Stop(container, TimeSpan.Zero);
                engine.Containers.Remove(container, force: true);
            }
            catch (ContainerObjectNotFoundException)
            {
                // It removes itself.
            }
        }

        engine.Containers.Remove(engine.Containers.Create(TestStore.Shell("true") with { Name = "one" }));
        Require(engine.Containers.WaitForDeletions(Eventually.Bound), "deletions");
        string[] problems = [.. engine.Storage.Test().Select(problem => problem.Message)];
        Require(problems.Length == 0, $"with {free} pages: {string.Join("; ", problems)}");
        Require(!Directory.EnumerateFileSystemEntries(engine.Options.Root + "/containers").Any(), $"with {free} pages: containers left");
        Require(!Directory.EnumerateFileSystemEntries(engine.Options.RunRoot + "/containers").Any(), $"with {free} pages: runs left");
    }

    private static void Require(bool condition, string problem)
    {
        if (!condition)
        {
            throw new InvalidOperationException(problem);
        }
    }
}
