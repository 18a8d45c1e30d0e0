using System.Globalization;
using ContainerPS.Native.Interop;
using ContainerPS.Native.Launch;
using ContainerPS.Native.Linux;
using Xunit.Abstractions;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Tests;

/// <summary>The log of a container whose monitors are killed while it writes: every line once, in order.</summary>
public abstract class ShimOutputTests(bool sharesMemory, ITestOutputHelper output) : IDisposable
{
    private const int Kills = 30;

    private readonly ShimPlans _plans = new(sharesMemory);

    public void Dispose()
    {
        _plans.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>With a log that never turns, and with one that turns at every few kills: what the bounds hold is whole.</summary>
    [SkippableTheory]
    [InlineData(1_000_000_000, 3)]
    [InlineData(300_000, 100)]
    public void Monitors_killed_at_any_moment_lose_and_repeat_no_line(long maxSize, int maxFiles)
    {
        ShimPlans.RequireRoot();
        PlanMonitorSettings Bounded(PlanMonitorSettings settings) => settings with { LogMaxSize = maxSize, LogMaxFiles = maxFiles };
        string stop = Path.Combine(_plans.Directory, "stop");
        string script = $"i=1; until [ -e {stop} ]; do echo $i; echo $i >&2; i=$((i+1)); done; echo last $i; echo last $i >&2";
        var moments = new RandomMoments(output);
        using var first = ShimProcess.Start(_plans.Service(["/bin/sh", "-c", script], Bounded).Build(), "test");
        PlanStatus started = first.ReceiveStart();
        using FileDescriptor pidfd = new((int)syscall(SYS.pidfd_open, started.Pid, 0, 0, 0, 0, 0));
        int monitor = started.MonitorPid;
        for (int i = 0; i < Kills; i++)
        {
            RandomMoments.Pass(moments.Next(TimeSpan.Zero, TimeSpan.FromMilliseconds(20)));
            Kill(monitor);
            using var next = ShimProcess.Start(_plans.Adoption(pidfd, started, Bounded).Build(), "test");
            monitor = next.ReceiveStart().MonitorPid;
        }

        File.WriteAllText(stop, "");
        Eventually.True(() => !ProcessState.IsAlive(monitor), "the end of the last monitor");
        AssertWhole("stdout", maxFiles);
        AssertWhole("stderr", maxFiles);
    }

    /// <summary>Each step of the journal (Shim/Monitoring/OutputJournal.cs): what was done is not done again, what was not is.</summary>
    [SkippableTheory]
    [InlineData("peeked")]
    [InlineData("noted")]
    [InlineData("appended in part")]
    [InlineData("appended")]
    [InlineData("consumed")]
    public void A_monitor_killed_after_any_step_leaves_each_line_once(string step)
    {
        ShimPlans.RequireRoot();
        string go = Path.Combine(_plans.Directory, "go"),
            more = Path.Combine(_plans.Directory, "more"),
            end = Path.Combine(_plans.Directory, "end");
        string script = $"{Until(go)}; printf 'one\\ntwo\\n'; {Until(more)}; echo three; rm {more}; {Until(end)}; echo four";
        using var first = ShimProcess.Start(_plans.Service(["/bin/sh", "-c", script]).Build(), "test");
        PlanStatus started = first.ReceiveStart();
        var stops = new ShimStops(started.MonitorPid);
        File.WriteAllText(go, "");
        StopAfter(stops, step);
        stops.Kill();
        string logged = File.Exists(_plans.LogPath) ? File.ReadAllText(_plans.LogPath) : "";
        Assert.Equal(step is "appended" or "consumed" or "appended in part" ? 2 : 0, logged.Count('\n'));
        if (step is "appended in part")
        {
            File.WriteAllText(_plans.LogPath, logged[..(logged.Length * 3 / 4)]);
        }

        // Without it there would be nothing that a monitor that consumes twice could take.
        File.WriteAllText(more, "");
        Eventually.True(() => !File.Exists(more), "the container's third line");

        using FileDescriptor pidfd = new((int)syscall(SYS.pidfd_open, started.Pid, 0, 0, 0, 0, 0));
        using var next = ShimProcess.Start(_plans.Adoption(pidfd, started).Build(), "test");
        Assert.Equal(PlanStatusKind.Adopted, next.ReceiveStart().Kind);
        File.WriteAllText(end, "");
        Assert.Equal(PlanStatusKind.Exited, next.Receive()!.Value.Kind);
        Assert.Equal("one\ntwo\nthree\nfour\n", TextOf("stdout"));
    }

    private static string Until(string file) => $"until [ -e {file} ]; do sleep 0.02; done";

    private static void StopAfter(ShimStops stops, string step)
    {
        stops.RunToSuccess(SYS.tee);
        if (step is "noted" or "appended in part")
        {
            stops.RunTo(SYS.write);
        }

        if (step is "appended in part")
        {
            stops.RunToEnd();
        }

        if (step is "appended" or "consumed")
        {
            stops.RunTo(SYS.readv);
        }

        if (step is "consumed")
        {
            stops.RunToEnd();
        }
    }

    /// <summary>
    /// The numbers that one stream's records hold go up by one to the last, from 1 or from where the oldest file that is kept begins.
    /// </summary>
    private void AssertWhole(string stream, int maxFiles)
    {
        string text = TextOf(stream);
        string[] lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        bool hasTurned = File.Exists($"{_plans.LogPath}.{maxFiles - 1}");
        Assert.True(lines.Length > Kills, $"{stream} has {lines.Length} lines");
        long expected = hasTurned ? long.Parse(lines[1], CultureInfo.InvariantCulture) : 1;
        foreach (string line in lines[(hasTurned ? 1 : 0)..^1])
        {
            Assert.Equal(expected++.ToString(CultureInfo.InvariantCulture), line);
        }

        Assert.Equal($"last {expected}", lines[^1]);
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
    }

    private string TextOf(string stream) =>
        string.Concat(
            from file in Directory.GetFiles(_plans.Directory, "container.log*").OrderByDescending(Age)
            from line in File.ReadLines(file)
            let parts = line.Split(' ', 4)
            where parts[1] == stream
            select parts[2] == "F" ? parts[3] + "\n" : parts[3]
        );

    /// <summary>What a run before left in the lock's file is not this run's.</summary>
    [SkippableFact]
    public void A_note_of_another_run_is_not_followed()
    {
        ShimPlans.RequireRoot();
        PlanMonitorSettings OfRun(PlanMonitorSettings settings, uint run) => settings with { Run = run };
        string go = Path.Combine(_plans.Directory, "go"),
            end = Path.Combine(_plans.Directory, "end");
        string script = $"{Until(go)}; echo one; rm -f {go}; {Until(end)}";
        PlanStatus started;
        using (var before = ShimProcess.Start(_plans.Service(["/bin/sh", "-c", script], settings => OfRun(settings, 1)).Build(), "test"))
        {
            started = before.ReceiveStart();
            var stops = new ShimStops(started.MonitorPid);
            File.WriteAllText(go, "");
            StopAfter(stops, "appended");
            stops.Kill();
            kill(started.Pid, 9);
            Eventually.True(() => !ProcessState.IsAlive(started.Pid), "the end of the first run");
        }

        File.Delete(go);
        using var first = ShimProcess.Start(_plans.Service(["/bin/sh", "-c", script], settings => OfRun(settings, 2)).Build(), "test");
        started = first.ReceiveStart();
        Kill(started.MonitorPid);
        File.WriteAllText(go, "");
        Eventually.True(() => !File.Exists(go), "the line of the second run, which no monitor reads");
        using FileDescriptor pidfd = new((int)syscall(SYS.pidfd_open, started.Pid, 0, 0, 0, 0, 0));
        using var next = ShimProcess.Start(_plans.Adoption(pidfd, started, settings => OfRun(settings, 2)).Build(), "test");
        next.ReceiveStart();
        File.WriteAllText(end, "");
        Assert.Equal(PlanStatusKind.Exited, next.Receive()!.Value.Kind);
        Assert.Equal("one\none\n", TextOf("stdout"));
    }

    private static int Age(string file) =>
        int.TryParse(Path.GetExtension(file).TrimStart('.'), CultureInfo.InvariantCulture, out int age) ? age : 0;

    private static void Kill(int monitor)
    {
        Assert.Equal(0, kill(monitor, 9));
        Eventually.True(() => !ProcessState.IsAlive(monitor), "the end of the monitor");
    }
}

public sealed class ShimOutputTestsOfCopies(ITestOutputHelper output) : ShimOutputTests(sharesMemory: false, output);

public sealed class ShimOutputTestsOfSharedMemory(ITestOutputHelper output) : ShimOutputTests(sharesMemory: true, output);
