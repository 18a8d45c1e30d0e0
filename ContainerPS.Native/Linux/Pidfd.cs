using System.Runtime.InteropServices;
using ContainerPS.Native.Interop;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Linux;

/// <summary>
/// A process by descriptor: it never names another process, however pids are used again (<c>pidfd_open(2)</c>, Linux 5.3).
/// </summary>
public sealed class Pidfd : IDisposable
{
    public Pidfd(FileDescriptor descriptor) => Descriptor = descriptor;

    public FileDescriptor Descriptor { get; }

    public static Pidfd Open(int pid)
    {
        int number = Number(pid);
        return new(new FileDescriptor(LinuxException.Check(number, $"pidfd_open({pid})")));
    }

    /// <summary>Null when there is no such process.</summary>
    public static Pidfd? TryOpen(int pid)
    {
        int number = Number(pid);
        return number < 0 && Marshal.GetLastPInvokeError() == ESRCH
            ? null
            : new(new FileDescriptor(LinuxException.Check(number, $"pidfd_open({pid})")));
    }

    /// <summary>False when the process is gone.</summary>
    public unsafe bool SendSignal(Signal signal)
    {
        nint result = syscall(SYS.pidfd_send_signal, Descriptor, (byte*)(nint)signal, 0, 0, 0, 0);
        if (result < 0 && Marshal.GetLastPInvokeError() == ESRCH)
        {
            return false;
        }

        LinuxException.Check((long)result, $"pidfd_send_signal({Descriptor}, {(int)signal})");
        return true;
    }

    /// <summary>Waits until the process has ended (a zombie has); false after the time-out. It need not be a child.</summary>
    public bool WaitForExit(TimeSpan? timeout = null)
    {
        long end = timeout is { } span ? Environment.TickCount64 + (long)span.TotalMilliseconds : long.MaxValue;
        while (true)
        {
            long rest = timeout is null ? -1 : Math.Clamp(end - Environment.TickCount64, 0, int.MaxValue);
            if (Files.Poll(Descriptor, POLLIN, (int)rest) != 0)
            {
                return true;
            }

            if (rest == 0)
            {
                return false;
            }
        }
    }

    public bool HasExited => Files.Poll(Descriptor, POLLIN, 0) != 0;

    /// <summary>
    /// The wait status of a process that somebody else reaped (PIDFD_INFO_EXIT, Linux 6.15). Null on older kernels, and while the
    /// process has not been reaped yet. See <see cref="WaitStatus"/>.
    /// </summary>
    public unsafe WaitStatus? ReadExitStatus()
    {
        pidfd_info info = new() { mask = PIDFD_INFO_EXIT };
        int result = ioctl(Descriptor, PIDFD_GET_INFO, (nint)(&info));
        if (result < 0 && Marshal.GetLastPInvokeError() is ENOTTY or EINVAL or ESRCH)
        {
            return null;
        }

        LinuxException.Check(result, $"ioctl({Descriptor}, PIDFD_GET_INFO)");
        return (info.mask & PIDFD_INFO_EXIT) != 0 ? new WaitStatus(info.exit_code) : null;
    }

    public void Dispose() => Descriptor.Dispose();

    private static unsafe int Number(int pid) => (int)syscall(SYS.pidfd_open, pid, 0, 0, 0, 0, 0);
}

/// <summary>How a process ended, packed as <c>wait(2)</c> does.</summary>
public readonly record struct WaitStatus(int Raw)
{
    /// <summary>The signal that killed it; null after an ordinary exit.</summary>
    public Signal? Signal => (Raw & 0x7f) is var signal && signal != 0 ? (Signal)signal : null;

    /// <summary>The code as a shell shows it: what the process returned, or 128 + the signal.</summary>
    public int ExitCode => Signal is { } signal ? 128 + (int)signal : (Raw >> 8) & 0xff;
}
