using System.Diagnostics;
using System.Runtime.InteropServices;
using ContainerPS.Native.Interop;
using ContainerPS.Native.Linux;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Launch;

/// <summary>
/// A shim that was started with a plan, as its starter sees it. Ordinary use:
/// <code>
///   using ShimProcess shim = ShimProcess.Start(plan, containerId);
///   PlanStatus started = shim.ReceiveStart();             // throws LaunchException with the plan's own sentence
///   PlanStatus exited = shim.Receive() ?? …;              // null: the shim is gone
/// </code>
/// Disposing closes the socket, which tells a monitor that nobody here will clean up (unless <see cref="TakeOver"/> was said and the work
/// is done).
/// </summary>
internal sealed class ShimProcess : IDisposable
{
    private static readonly TimeSpan _near = TimeSpan.FromMicroseconds(200);

    private readonly Plan _plan;
    private readonly FileDescriptor _status;
    private int _firstPid;

    internal ShimProcess(Plan plan, FileDescriptor status, int firstPid)
    {
        this._plan = plan;
        this._status = status;
        this._firstPid = firstPid;
    }

    /// <param name="plan">What to do. Descriptors that it inherits must stay open until this method returns.</param>
    /// <param name="label">Shown by ps behind the monitor's arguments: the container's id.</param>
    public static ShimProcess Start(Plan plan, string label)
    {
        using FileDescriptor block = WriteBlock(plan.Block);
        (FileDescriptor mine, FileDescriptor given) = Files.CreateSocketPair(SOCK_SEQPACKET);
        using FileDescriptor theirs = StartStreams.Raise(given);
        try
        {
            int pid = ShimSpawn.Spawn(
                ShimExecutable.ExecutablePath,
                ArgumentsOf(plan, block, theirs, label),
                [.. plan.Inherited, block.Number, theirs.Number]
            );
            return new ShimProcess(plan, mine, pid);
        }
        catch
        {
            mine.Dispose();
            throw;
        }
    }

    public PlanMode Mode => _plan.Mode;

    /// <summary>
    /// The next message, which should be near: looked for during the time that an idle processor takes to wake up, before it is waited for.
    /// Others go first on this processor. A shim that has told all is left to the <see cref="ShimReaper"/>, which the caller wakes.
    /// </summary>
    public PlanStatus? ReceiveNear(CancellationToken cancellation)
    {
        long begun = Stopwatch.GetTimestamp();
        while (Files.Poll(_status, POLLIN, 0) == 0 && Stopwatch.GetElapsedTime(begun) < _near)
        {
            Thread.Yield();
        }

        return Receive(wakeReaper: false, cancellation);
    }

    /// <summary>The next message; null when the shim has closed its end.</summary>
    public PlanStatus? Receive(CancellationToken cancellation = default) => Receive(wakeReaper: true, cancellation);

    private PlanStatus? Receive(bool wakeReaper, CancellationToken cancellation)
    {
        if (cancellation.CanBeCanceled)
        {
            WaitReadable(cancellation);
        }

        PlanStatus? message = Read();
        if (message is { Kind: PlanStatusKind.Exited } && _plan.Mode == PlanMode.Exec)
        {
            ShimReaper.Take(Interlocked.Exchange(ref _firstPid, 0));
            if (wakeReaper)
            {
                ShimReaper.Wake();
            }
        }
        else
        {
            ReapFirst(
                wait: message is null
                    || _plan.Mode is PlanMode.Service or PlanMode.Adopt
                    || message.Value.Kind is not (PlanStatusKind.Started or PlanStatusKind.Created)
            );
        }

        return message;
    }

    /// <summary>The message that the start succeeded (Started, Created, Adopted); everything else is thrown with its explanation.</summary>
    public PlanStatus ReceiveStart(CancellationToken cancellation = default)
    {
        PlanStatus message =
            Receive(cancellation)
            ?? throw new LaunchException(LaunchFailure.Shim, "The shim ended without a word: it was killed or could not run.");
        return message.Kind is PlanStatusKind.Started or PlanStatusKind.Created or PlanStatusKind.Adopted
            ? message
            : throw ShimFailure.Explain(_plan, message);
    }

    /// <summary>
    /// Tells the monitor that this process does the work after the exit itself. If it dies before it is done, the monitor does it.
    /// </summary>
    public unsafe void TakeOver()
    {
        byte message = PlanFormat.TakeOver;
        send(_status, &message, 1, MSG_NOSIGNAL);
    }

    public void Dispose()
    {
        _status.Dispose();
        int pid = Interlocked.Exchange(ref _firstPid, 0);

        // An exec that was not waited for still runs below its shim, which is our child: somebody has to take its status one day.
        if (pid != 0 && !TryReap(pid, wait: false))
        {
            new Thread(() => TryReap(pid, wait: true), 64 * 1024) { IsBackground = true, Name = "containerps reaper" }.Start();
        }
    }

    private static IReadOnlyList<string> ArgumentsOf(Plan plan, FileDescriptor block, FileDescriptor status, string label) =>
        plan.Mode is PlanMode.Service or PlanMode.Adopt
            ? ["containerps-shim", $"{block.Number}", $"{status.Number}", "monitor", label]
            : ["containerps-shim", $"{block.Number}", $"{status.Number}"];

    internal static FileDescriptor WriteBlock(byte[] block)
    {
        FileDescriptor file = StartStreams.Raise(Files.CreateMemoryFile("containerps-plan", sealable: false));
        file.Write(block);
        return file;
    }

    private unsafe PlanStatus? Read()
    {
        PlanStatus message;
        nint length;
        do
        {
            length = recv(_status, (byte*)&message, PlanStatus.Size, 0);
        } while (length < 0 && Marshal.GetLastPInvokeError() == EINTR);
        if (length < 0 && Marshal.GetLastPInvokeError() != ECONNRESET)
        {
            throw new LinuxException($"recv({_status})", Marshal.GetLastPInvokeError());
        }

        return length == PlanStatus.Size ? message : null;
    }

    private unsafe void WaitReadable(CancellationToken cancellation)
    {
        using FileDescriptor cancelled = new(LinuxException.Check(eventfd(0, EFD_CLOEXEC), $"eventfd(0, EFD_CLOEXEC)"));
        using CancellationTokenRegistration registration = cancellation.Register(() => cancelled.Write(BitConverter.GetBytes(1L)));
        pollfd* entries = stackalloc pollfd[2];
        entries[0] = new pollfd { fd = _status.Number, events = POLLIN };
        entries[1] = new pollfd { fd = cancelled.Number, events = POLLIN };
        while (poll(entries, 2, -1) < 0 && Marshal.GetLastPInvokeError() == EINTR)
        {
            // A signal of the runtime's; the descriptors are as they were.
        }

        if (entries[0].revents == 0)
        {
            cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <summary>The first process of a detached shim ends at once, that of an exec with the last message.</summary>
    private void ReapFirst(bool wait)
    {
        if (wait && Interlocked.Exchange(ref _firstPid, 0) is int pid && pid != 0)
        {
            TryReap(pid, wait: true);
        }
    }

    /// <summary>ECHILD: whoever hosts us ignores SIGCHLD or reaps all children; there is nothing left to do then.</summary>
    internal static unsafe bool TryReap(int pid, bool wait)
    {
        int result;
        do
        {
            result = waitpid(pid, null, wait ? 0 : WNOHANG);
        } while (result < 0 && Marshal.GetLastPInvokeError() == EINTR);
        return result != 0;
    }
}
