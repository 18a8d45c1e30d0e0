using System.Runtime.CompilerServices;
using ContainerPS.Native.Launch;

namespace ContainerPS.Native.Shim.Kernel;

/// <summary>System calls. Every one returns what the kernel returns: a result, or -errno.</summary>
internal static unsafe class Sys
{
    /// <summary>Arguments that a caller leaves out are zero, as the kernel demands of many (flags of close_range, prctl's rest).</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static long Call(SystemCall number, long a, long b, long c, long d, long e = 0, long f = 0) =>
        ((delegate* <long, long, long, long, long, long, long, long>)MachineCode.SystemCall.Pointer)((long)number, a, b, c, d, e, f);

    /// <summary>Most calls are short: the zeros are written here once instead of at every call.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static long Call(SystemCall number, long a = 0, long b = 0, long c = 0) => Call(number, a, b, c, 0, 0, 0);

    public static void ExitGroup(long code) => Call(SystemCall.exit_group, code);

    /// <summary>
    /// A read that a signal interrupts begins anew: the shim has no handlers, but a stop and a continue by a debugger look the same.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static long Read(long descriptor, void* bytes, long length)
    {
        long result;
        do
        {
            result = Call(SystemCall.read, descriptor, (long)bytes, length);
        } while (result == -EINTR);
        return result;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static long Write(long descriptor, void* bytes, long length)
    {
        long result;
        do
        {
            result = Call(SystemCall.write, descriptor, (long)bytes, length);
        } while (result == -EINTR);
        return result;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Close(long descriptor) => Call(SystemCall.close, descriptor);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static long OpenAt(long directory, byte* path, long flags, long mode = 0) =>
        Call(SystemCall.openat, directory, (long)path, flags | O_CLOEXEC, mode);

    public static long Open(byte* path, long flags, long mode = 0) => OpenAt(AT_FDCWD, path, flags, mode);

    public static long OpenLiteral(ReadOnlySpan<byte> path, long flags) => OpenAt(AT_FDCWD, (byte*)path.Pointer, flags);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static long RealTime()
    {
        timespec now;
        Call(SystemCall.clock_gettime, CLOCK_REALTIME, (long)&now);
        return now.tv_sec * 1_000_000_000 + now.tv_nsec;
    }

    public static long MonotonicMilliseconds()
    {
        timespec now;
        Call(SystemCall.clock_gettime, CLOCK_MONOTONIC, (long)&now);
        return now.tv_sec * 1000 + now.tv_nsec / 1_000_000;
    }

    public static void Sleep(long milliseconds)
    {
        timespec time;
        time.tv_sec = milliseconds / 1000;
        time.tv_nsec = milliseconds % 1000 * 1_000_000;
        Call(SystemCall.nanosleep, (long)&time, 0);
    }

    /// <summary>Waits for readiness; a negative timeout waits for ever.</summary>
    public static long Poll(pollfd* descriptors, int count, long milliseconds)
    {
        timespec time;
        time.tv_sec = milliseconds / 1000;
        time.tv_nsec = milliseconds % 1000 * 1_000_000;
        return Call(SystemCall.ppoll, (long)descriptors, count, milliseconds < 0 ? 0 : (long)&time, 0, 8);
    }

    /// <summary>A fork; the new process has only this stack and these pages. arm64 has no system call of that name.</summary>
    public static long Fork() => Call(SystemCall.clone, SIGCHLD);
}
