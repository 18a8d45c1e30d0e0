using System.Runtime.InteropServices;
using ContainerPS.Native.Linux;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Launch;

/// <summary>A container or an exec behind the shim that started it.</summary>
/// <param name="shim">Tells of the end.</param>
/// <param name="started">What it told of the start.</param>
/// <param name="streams">This side's ends.</param>
/// <param name="creator">OCI create: the socket whose end init takes for the death of its creator.</param>
/// <param name="afterExit">Called once, when the exit is known; true when it has woken a thread that reaps.</param>
internal sealed class StartedProcess(
    ShimProcess shim,
    PlanStatus started,
    (Stream? Stdin, Stream? Stdout, Stream? Stderr) streams,
    FileDescriptor? creator,
    Func<bool>? afterExit
) : LaunchedContainer
{
    private readonly Lock _lock = new();
    private ExitRecord? _exit;

    public override int Pid => started.Pid;

    public override long StartTicks => started.StartTicks;

    public override int MonitorPid => started.MonitorPid;

    public override Stream? Stdin => streams.Stdin;

    public override Stream? Stdout => streams.Stdout;

    public override Stream? Stderr => streams.Stderr;

    public override ExitRecord WaitForExit(Action<ExitRecord>? known, CancellationToken cancellation = default)
    {
        lock (_lock)
        {
            if (_exit is null)
            {
                _exit = Receive(cancellation);
                known?.Invoke(_exit);
                if (afterExit?.Invoke() != true)
                {
                    ShimReaper.Wake();
                }
            }

            return _exit;
        }
    }

    public override void Keep()
    {
        // It cannot be sent when init has ended already, killed for memory for example: then the container is a stopped one.
        if (creator is not null && !Files.TrySend(creator, "s"u8) && Marshal.GetLastPInvokeError() is not (EPIPE or ECONNRESET))
        {
            throw new LinuxException($"sendmsg({creator}, 1 bytes)", Marshal.GetLastPInvokeError());
        }
    }

    public override void TakeOverRemoval() => shim.TakeOver();

    protected override void Dispose(bool disposing)
    {
        streams.Stdin?.Dispose();
        streams.Stdout?.Dispose();
        streams.Stderr?.Dispose();
        creator?.Dispose();
        shim.Dispose();
    }

    private ExitRecord Receive(CancellationToken cancellation)
    {
        // An exec is waited for when its output has ended, and its shim tells of it a moment later; a monitor clears up first.
        while ((shim.Mode == PlanMode.Exec ? shim.ReceiveNear(cancellation) : shim.Receive(cancellation)) is { } message)
        {
            if (message.Kind == PlanStatusKind.Exited)
            {
                return new ExitRecord(message.Code, message.Signal, message.OomKilled != 0, message.AtNanoseconds);
            }
        }

        throw new LaunchException(
            LaunchFailure.Shim,
            "The monitor ended before the process did: its exit is recorded when the container is adopted."
        );
    }
}
