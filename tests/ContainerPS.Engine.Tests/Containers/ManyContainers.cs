using System.Globalization;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Tests.Containers;

/// <summary>How many are started by one process, how many of them run at any time, and the seed of their lives.</summary>
internal sealed record ManyScale(int Started, int AtOnce, int Seed);

/// <summary>What became of them, as one process tells it to another.</summary>
internal sealed record ManyFigures(int Started, int Killed, int MonitorsKilled, int DescriptorsLeft)
{
    public static ManyFigures Parse(string text)
    {
        int[] numbers = [.. text.Split(' ').Select(number => int.Parse(number, CultureInfo.InvariantCulture))];
        return new ManyFigures(numbers[0], numbers[1], numbers[2], numbers[3]);
    }

    public override string ToString() => FormattableString.Invariant($"{Started} {Killed} {MonitorsKilled} {DescriptorsLeft}");
}

/// <summary>
/// Lives of many containers in a sliding window: where one has ended the next begins. A fifth of them is killed, and a fifth of their
/// monitors, each at a random moment of its life, which the seed and its number decide; of some both.
/// Three steps: <see cref="Begin"/> returns when the first window runs as a whole, <see cref="Go"/> lets lives end, <see cref="End"/> waits
/// for the last.
/// </summary>
internal sealed class ManyContainers : IDisposable
{
    private static readonly TimeSpan ShortestLife = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestLife = TimeSpan.FromMilliseconds(3000);

    private readonly ContainerEngine _engine;
    private readonly string _prefix;
    private readonly ManyScale _scale;
    private readonly int _descriptors;
    private readonly Thread[] _slots;
    private readonly CountdownEvent _firstWindow;
    private readonly ManualResetEventSlim _go = new();
    private readonly List<Exception> _failures = [];
    private int _killed,
        _monitorsKilled;

    public ManyContainers(ContainerEngine engine, string prefix, ManyScale scale)
    {
        (_engine, _prefix, _scale) = (engine, prefix, scale);
        _firstWindow = new CountdownEvent(scale.AtOnce);
        _slots = [.. Enumerable.Range(0, scale.AtOnce).Select(slot => new Thread(() => Slot(slot)))];
        _descriptors = Descriptors();
    }

    public void Begin()
    {
        foreach (Thread slot in _slots)
        {
            slot.Start();
        }

        _firstWindow.Wait();
        ThrowFailures();
    }

    public void Go() => _go.Set();

    public void Dispose()
    {
        _firstWindow.Dispose();
        _go.Dispose();
    }

    public ManyFigures End()
    {
        foreach (Thread slot in _slots)
        {
            slot.Join();
        }

        ThrowFailures();
        Assert.True(_engine.Containers.WaitForDeletions(Eventually.Bound), "the files of all that were removed are deleted");
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return new ManyFigures(_scale.Started, _killed, _monitorsKilled, Descriptors() - _descriptors);
    }

    private void Slot(int slot)
    {
        try
        {
            for (int i = slot; i < _scale.Started; i += _scale.AtOnce)
            {
                Live(i, isOfFirstWindow: i == slot);
            }
        }
        catch (Exception failure)
        {
            lock (_failures)
            {
                _failures.Add(failure);
            }

            if (!_go.IsSet && !_firstWindow.IsSet)
            {
                _firstWindow.Signal();
            }
        }
    }

    private void Live(int i, bool isOfFirstWindow)
    {
        Container container = _engine.Containers.Create(TestStore.Shell($"echo {i}; exec sleep 3600") with { Name = $"{_prefix}-{i}" });
        _engine.Containers.Start(container);
        if (isOfFirstWindow)
        {
            _firstWindow.Signal();
            _go.Wait();
        }

        (bool kill, bool killMonitor) = (i % 5 == 0, i % 5 == 1 || i % 20 == 0);
        using (var process = Pidfd.Open(container.Pid!.Value))
        using (var monitor = Pidfd.Open(container.View.Current.MonitorPid))
        {
            SpendLife(new Random(_scale.Seed + i), kill ? process : null, killMonitor ? monitor : null);
        }

        if (kill)
        {
            EndsByItself(container, knowsHow: !killMonitor);
        }
        else
        {
            Assert.Equal(ContainerState.Running, container.State);
        }

        if (!kill && !killMonitor)
        {
            Eventually.True(() => _engine.Containers.ReadLog(container).FirstOrDefault()?.Message == $"{i}", $"the output of {container}");
        }

        if (!kill && i % 2 == 0)
        {
            StopsWithItsExitCode(container);
        }

        _engine.Containers.Remove(container, force: true);
    }

    /// <summary>Some time, and somewhere in it the kills.</summary>
    private void SpendLife(Random random, Pidfd? process, Pidfd? monitor)
    {
        TimeSpan life = ShortestLife + (random.NextDouble() * (LongestLife - ShortestLife));
        IOrderedEnumerable<(double At, Pidfd? Target)> kills = new (double At, Pidfd? Target)[]
        {
            (random.NextDouble(), process),
            (random.NextDouble(), monitor),
        }.OrderBy(kill => kill.At);
        double spent = 0.0;
        foreach ((double at, Pidfd? target) in kills)
        {
            RandomMoments.Pass((at - spent) * life);
            spent = at;
            // Where both are killed the monitor may have ended of itself by now.
            if (target is not null && target.SendSignal(Signal.Kill))
            {
                Interlocked.Increment(ref target == process ? ref _killed : ref _monitorsKilled);
            }
        }

        RandomMoments.Pass((1 - spent) * life);
    }

    // A command that looks at it records the end that no monitor saw.
    private void EndsByItself(Container container, bool knowsHow)
    {
        Eventually.True(
            () => _engine.Containers.Get(container.Id).State == ContainerState.Exited,
            $"the end of {container}, which was killed"
        );
        // Without a monitor nobody may have been there to read it: then it is unknown, never wrong.
        if (knowsHow || container.ExitCode is not null)
        {
            Assert.Equal(137, container.ExitCode);
        }
    }

    private void StopsWithItsExitCode(Container container)
    {
        _engine.Containers.Stop(container, TimeSpan.Zero);
        Assert.Equal(137, container.ExitCode);
    }

    private void ThrowFailures()
    {
        lock (_failures)
        {
            if (_failures.Count > 0)
            {
                throw new AggregateException(_failures);
            }
        }
    }

    // Assemblies are opened when their code is first used.
    private static int Descriptors() =>
        new DirectoryInfo("/proc/self/fd")
            .EnumerateFileSystemInfos()
            .Count(fd => fd.LinkTarget?.EndsWith(".dll", StringComparison.Ordinal) != true);
}
