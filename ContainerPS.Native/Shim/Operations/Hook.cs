using ContainerPS.Native.Launch;
using ContainerPS.Native.Shim.Protocol;

namespace ContainerPS.Native.Shim.Operations;

/// <summary>
/// OCI hooks: a program that reads the container's state on its standard input, in the namespaces of whoever runs the operation
/// (runtime-spec config.md#posix-platform-hooks). The input is a memfd: a pipe would make the shim wait for a hook that does not read, and
/// die of one that closes it.
/// </summary>
internal static unsafe class Hook
{
    public static long Run(PlanOperation* operation)
    {
        long input = Input(operation);
        if (input < 0)
        {
            return input;
        }

        int pidfd = -1;
        long pid = ContainerProcess.CloneProcess(0, -1, &pidfd);
        if (pid == 0)
        {
            Become(operation, input);
        }

        Sys.Close(input);
        if (pid < 0)
        {
            return pid;
        }

        long result = Finish(pid, pidfd, operation->Number);
        Sys.Close(pidfd);
        return result;
    }

    /// <summary>Starts a program of the host with clean signals; used by the monitor too. Does not return.</summary>
    public static void Become(byte* program, byte** arguments, byte** environment)
    {
        Detachment.RestoreSignals();
        Sys.Call(SystemCall.execve, (long)program, (long)arguments, (long)environment);
        Sys.ExitGroup(127);
    }

    private static void Become(PlanOperation* operation, long input)
    {
        // Everything else is close-on-exec: a hook gets the state, and the streams of whoever runs it.
        Sys.Call(SystemCall.dup3, input, 0, 0);
        Become((byte*)Interpreter.Value(operation, 0), (byte**)Interpreter.Value(operation, 1), (byte**)Interpreter.Value(operation, 2));
    }

    private static long Input(PlanOperation* operation)
    {
        ReadOnlySpan<byte> name = "state\0"u8;
        const int MFD_CLOEXEC = 1;
        long file = Sys.Call(SystemCall.memfd_create, (long)name.Pointer, MFD_CLOEXEC);
        if (file < 0)
        {
            return file;
        }

        byte* text = (byte*)Interpreter.Value(operation, 3);
        long length = Interpreter.Value(operation, 4);
        long start = 0;
        for (long i = 0; i <= length; i++)
        {
            if (i < length && text[i] != PlanFormat.FirstNumber)
            {
                continue;
            }

            long written = Sys.Write(file, text + start, i - start);
            if (written != i - start)
            {
                Sys.Close(file);
                return written < 0 ? written : -ENOSPC;
            }

            if (i < length)
            {
                WriteNumber(file, Interpreter.Value(operation, 5));
            }

            start = i + 1;
        }

        // A memfd has one position for all who share it.
        Sys.Call(SystemCall.lseek, file, 0, 0);
        return file;
    }

    private static void WriteNumber(long file, long number)
    {
        byte* digits = stackalloc byte[24];
        TextBuffer text = new(digits, 24);
        text.Number(number);
        Sys.Write(file, digits, text.Length);
    }

    private static long Finish(long pid, int pidfd, uint milliseconds)
    {
        pollfd wait;
        wait.fd = pidfd;
        wait.events = POLLIN;
        wait.revents = 0;

        // The pidfd becomes readable at the end of the hook: a wait with a time limit, without a signal handler and without polling.
        bool timedOut = milliseconds != 0 && Sys.Poll(&wait, 1, milliseconds) == 0;
        if (timedOut)
        {
            Sys.Call(SystemCall.kill, pid, SIGKILL);
        }

        siginfo info;
        long result;
        do
        {
            result = Sys.Call(SystemCall.waitid, P_PID, pid, (long)&info, WEXITED | __WALL);
        } while (result == -EINTR);
        if (result < 0)
        {
            return result;
        }

        if (info.si_code == CLD_EXITED && info.si_status == 0 && !timedOut)
        {
            return 0;
        }

        PlanHookFailure failure =
            timedOut ? PlanHookFailure.TimedOut
            : info.si_code == CLD_EXITED ? PlanHookFailure.ExitCode
            : PlanHookFailure.Signal;
        Interpreter.Detail = ((long)failure << 32) | (uint)info.si_status;
        return timedOut ? -ETIMEDOUT : -ECANCELED;
    }
}
