using System.Diagnostics;
using System.Globalization;
using Xunit.Abstractions;

namespace ContainerPS.Tests;

/// <summary>
/// Moments at which a test kills. They are random; the output of the test tells the seed and each moment, and CONTAINERPS_TEST_SEED gives
/// the seed of a failure to the next run.
/// </summary>
internal sealed class RandomMoments
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(2);

    private readonly ITestOutputHelper _output;
    private readonly Random _random;

    public RandomMoments(ITestOutputHelper output)
    {
        _output = output;
        _random = new Random(Seed);
        output.WriteLine($"CONTAINERPS_TEST_SEED={Seed}");
    }

    /// <summary>One for the whole test run.</summary>
    public static int Seed { get; } =
        Environment.GetEnvironmentVariable("CONTAINERPS_TEST_SEED") is { Length: > 0 } given
            ? int.Parse(given, CultureInfo.InvariantCulture)
            : Random.Shared.Next();

    /// <summary>A moment in this range, which it writes to the test's output.</summary>
    public TimeSpan Next(TimeSpan from, TimeSpan to)
    {
        TimeSpan moment = from + (_random.NextDouble() * (to - from));
        _output.WriteLine(
            $"a kill after {moment.TotalMilliseconds:0.000} ms, of {from.TotalMilliseconds:0.000} to {to.TotalMilliseconds:0.000} ms"
        );
        return moment;
    }

    /// <summary>Lets this time pass. Finer than a sleep, which the kernel rounds to its timer: the rest of it is spent at work.</summary>
    public static void Pass(TimeSpan time)
    {
        long begin = Stopwatch.GetTimestamp();
        if (time > Tick)
        {
            Thread.Sleep(time - Tick);
        }

        while (Stopwatch.GetElapsedTime(begin) < time)
        {
            Thread.SpinWait(20);
        }
    }
}
