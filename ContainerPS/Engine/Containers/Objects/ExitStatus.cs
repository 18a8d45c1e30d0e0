using ContainerPS.Native.Linux;

namespace ContainerPS;

/// <summary>How a process ended.</summary>
/// <param name="ExitCode">0 to 255; 128 + n for signal n, as a shell counts; null when nobody could learn it (then <paramref name="Error"/>
/// says why).</param>
/// <param name="Signal">The signal that ended it.</param>
/// <param name="OomKilled">The kernel's OOM killer ended a process of the container in this run.</param>
/// <param name="FinishedAt">When it was seen to end.</param>
/// <param name="Error">Why the exit code is unknown, or why it never ran.</param>
public sealed record ExitStatus(int? ExitCode, Signal? Signal, bool OomKilled, DateTimeOffset? FinishedAt, string? Error = null)
{
    public override string ToString() => ExitCode?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "unknown";
}
