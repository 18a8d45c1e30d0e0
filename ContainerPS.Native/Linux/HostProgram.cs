using System.Runtime.InteropServices;
using System.Text;
using ContainerPS.Native.Interop;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Linux;

/// <summary>How a program of the host ended.</summary>
/// <param name="Status">Null when another part of this process took its status: it has ended, and nobody knows how.</param>
/// <param name="Output">What it wrote to stdout and stderr, when that was asked for.</param>
public sealed record HostProgramResult(WaitStatus? Status, string Output);

/// <summary>
/// Runs a program of the host to its end by posix_spawn: hooks, and the few tools that have no interface but their command line. The input
/// is a file in memory: a program that does not read it is neither waited for nor an error, as it would be with a pipe (EPIPE).
/// </summary>
public static unsafe class HostProgram
{
    private const int LowestDescriptor = 10;

    /// <param name="path">Executed as it is; nothing is looked for in PATH.</param>
    /// <param name="arguments">argv, the program's own name first.</param>
    /// <param name="environment">All of it: nothing is inherited.</param>
    /// <param name="input">What it reads from stdin.</param>
    /// <param name="captures">Collect stdout and stderr; otherwise they are this process's own.</param>
    /// <param name="timeout">Null waits for ever.</param>
    /// <exception cref="LinuxException">It could not be started.</exception>
    /// <exception cref="TimeoutException">It did not end in time, and was killed.</exception>
    public static HostProgramResult Run(
        string path,
        IReadOnlyList<string> arguments,
        IReadOnlyList<string> environment,
        ReadOnlySpan<byte> input = default,
        bool captures = false,
        TimeSpan? timeout = null
    )
    {
        using FileDescriptor stdin = InMemory("containerps-input");
        stdin.Write(input);
        LinuxException.Check(lseek(stdin, 0, SEEK_SET), $"lseek({stdin}, 0, SEEK_SET)");
        using FileDescriptor? output = captures ? InMemory("containerps-output") : null;
        int pid = Spawn(path, arguments, environment, stdin, output);
        WaitStatus? status = AwaitEnd(pid, path, timeout);
        return new HostProgramResult(status, output is null ? "" : ReadAll(output));
    }

    private static WaitStatus? AwaitEnd(int pid, string path, TimeSpan? timeout)
    {
        if (timeout is { } patience)
        {
            // A child is a zombie until it is reaped below: the pid is still its own.
            using var process = Pidfd.TryOpen(pid);
            if (process?.WaitForExit(patience) == false)
            {
                process.SendSignal(Signal.Kill);
                Reap(pid);
                throw new TimeoutException($"{path} did not end within {patience.TotalSeconds} seconds and was killed");
            }
        }

        return Reap(pid);
    }

    private static WaitStatus? Reap(int pid)
    {
        int status;
        int result;
        do
        {
            result = waitpid(pid, &status, 0);
        } while (result < 0 && Marshal.GetLastPInvokeError() == EINTR);
        return result == pid ? new WaitStatus(status) : null;
    }

    private static int Spawn(
        string path,
        IReadOnlyList<string> arguments,
        IReadOnlyList<string> environment,
        FileDescriptor stdin,
        FileDescriptor? output
    )
    {
        posix_spawn_file_actions_t actions;
        SpawnAttributes.Check(posix_spawn_file_actions_init(&actions), "posix_spawn_file_actions_init()");
        List<nint> allocated = [];
        try
        {
            Redirect(&actions, stdin, 0);
            if (output is not null)
            {
                Redirect(&actions, output, 1);
                Redirect(&actions, output, 2);
            }

            byte** argv = stackalloc byte*[arguments.Count + 1];
            byte** envp = stackalloc byte*[environment.Count + 1];
            Fill(argv, arguments, allocated);
            Fill(envp, environment, allocated);
            int pid;
            SpawnAttributes.Check(
                posix_spawn(&pid, Allocate(path, allocated), &actions, SpawnAttributes.Defaults, argv, envp),
                $"posix_spawn(\"{path}\")"
            );
            return pid;
        }
        finally
        {
            allocated.ForEach(Marshal.FreeCoTaskMem);
            posix_spawn_file_actions_destroy(&actions);
        }
    }

    private static void Redirect(posix_spawn_file_actions_t* actions, FileDescriptor from, int to) =>
        SpawnAttributes.Check(
            posix_spawn_file_actions_adddup2(actions, from.Number, to),
            $"posix_spawn_file_actions_adddup2({from.Number}, {to})"
        );

    private static void Fill(byte** vector, IReadOnlyList<string> texts, List<nint> allocated)
    {
        for (int i = 0; i < texts.Count; i++)
        {
            vector[i] = Allocate(texts[i], allocated);
        }

        vector[texts.Count] = null;
    }

    private static byte* Allocate(string text, List<nint> allocated)
    {
        nint memory = Marshal.StringToCoTaskMemUTF8(text);
        allocated.Add(memory);
        return (byte*)memory;
    }

    /// <summary>Above the standard streams: a dup2 onto one of those must not overwrite the source of the next.</summary>
    private static FileDescriptor InMemory(string name)
    {
        FileDescriptor file = Files.CreateMemoryFile(name, sealable: false);
        if (file.Number >= LowestDescriptor)
        {
            return file;
        }

        using (file)
        {
            return file.DuplicateAbove(LowestDescriptor);
        }
    }

    private static string ReadAll(FileDescriptor output)
    {
        LinuxException.Check(lseek(output, 0, SEEK_SET), $"lseek({output}, 0, SEEK_SET)");
        return Encoding.UTF8.GetString(output.ReadToEnd());
    }
}
