namespace ContainerPS.Native.Launch;

/// <summary>
/// How a process ended. Code is -1 when nobody could see it; Signal is 0 when it exited by itself; AtNanoseconds is CLOCK_REALTIME.
/// </summary>
public sealed record ExitRecord(int Code, int Signal, bool OomKilled, long AtNanoseconds)
{
    /// <summary>The shell's convention: 128 + n for a signal, null when unknown.</summary>
    public int? ShellCode =>
        Signal > 0 ? 128 + Signal
        : Code < 0 ? null
        : Code;
}
