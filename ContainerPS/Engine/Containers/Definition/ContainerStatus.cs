using System.Globalization;

namespace ContainerPS.Engine.Containers.Definition;

/// <summary>States in the words of a listing.</summary>
internal static class ContainerStatus
{
    public static string Describe(ContainerState state, int? exitCode, DateTimeOffset? started, DateTimeOffset? finished) =>
        state switch
        {
            ContainerState.Running => $"Up {Since(started)}",
            ContainerState.Paused => $"Up {Since(started)} (Paused)",
            ContainerState.Exited => $"Exited ({exitCode?.ToString(CultureInfo.InvariantCulture) ?? "unknown"}) {Since(finished)} ago",
            _ => state.ToString(),
        };

    private static string Since(DateTimeOffset? then)
    {
        if (then is null)
        {
            return "some time";
        }

        TimeSpan span = DateTimeOffset.UtcNow - then.Value;
        return span.TotalSeconds < 60 ? Count((long)Math.Max(0, span.TotalSeconds), "second")
            : span.TotalMinutes < 60 ? Count((long)span.TotalMinutes, "minute")
            : span.TotalHours < 48 ? Count((long)span.TotalHours, "hour")
            : Count((long)span.TotalDays, "day");
    }

    private static string Count(long n, string unit) => string.Create(CultureInfo.InvariantCulture, $"{n} {unit}{(n == 1 ? "" : "s")}");
}
