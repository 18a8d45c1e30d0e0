using System.Runtime.InteropServices;
using ContainerPS.Native.Interop;
using ContainerPS.Native.Linux;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Launch;

/// <summary>
/// posix_spawn of the shim. .NET ignores SIGPIPE and may block signals on a thread: SETSIGDEF and SETSIGMASK give the shim, and so the
/// container, what a new process expects. Descriptors keep their numbers: dup2 of one onto itself only takes its close-on-exec mark away
/// (POSIX.1-2024; glibc 2.29).
/// </summary>
internal static unsafe class ShimSpawn
{
    private static readonly posix_spawnattr_t* Attributes = CreateAttributes();

    /// <returns>The pid of the first process.</returns>
    public static int Spawn(string executable, IReadOnlyList<string> arguments, ReadOnlySpan<int> descriptors)
    {
        posix_spawn_file_actions_t actions;
        Check(posix_spawn_file_actions_init(&actions), "posix_spawn_file_actions_init()");
        try
        {
            foreach (int descriptor in descriptors)
            {
                Check(
                    posix_spawn_file_actions_adddup2(&actions, descriptor, descriptor),
                    $"posix_spawn_file_actions_adddup2({descriptor})"
                );
            }

            return Spawn(executable, arguments, &actions);
        }
        finally
        {
            posix_spawn_file_actions_destroy(&actions);
        }
    }

    private static int Spawn(string executable, IReadOnlyList<string> arguments, posix_spawn_file_actions_t* actions)
    {
        byte** vector = stackalloc byte*[arguments.Count + 1];
        byte* noEnvironment = null;
        byte* path = (byte*)Marshal.StringToCoTaskMemUTF8(executable);
        try
        {
            for (int i = 0; i < arguments.Count; i++)
            {
                vector[i] = (byte*)Marshal.StringToCoTaskMemUTF8(arguments[i]);
            }

            vector[arguments.Count] = null;
            int pid;
            Check(posix_spawn(&pid, path, actions, Attributes, vector, &noEnvironment), $"posix_spawn(\"{executable}\")");
            return pid;
        }
        finally
        {
            for (int i = 0; i < arguments.Count; i++)
            {
                Marshal.FreeCoTaskMem((nint)vector[i]);
            }

            Marshal.FreeCoTaskMem((nint)path);
        }
    }

    /// <summary>Made once, never freed.</summary>
    private static posix_spawnattr_t* CreateAttributes()
    {
        var attributes = (posix_spawnattr_t*)NativeMemory.AllocZeroed((nuint)sizeof(posix_spawnattr_t));
        sigset_t all;
        sigset_t none;
        new Span<byte>(&all, sizeof(sigset_t)).Fill(0xFF);
        new Span<byte>(&none, sizeof(sigset_t)).Clear();
        Check(posix_spawnattr_init(attributes), "posix_spawnattr_init()");
        Check(posix_spawnattr_setsigdefault(attributes, &all), "posix_spawnattr_setsigdefault(all)");
        Check(posix_spawnattr_setsigmask(attributes, &none), "posix_spawnattr_setsigmask(none)");
        Check(posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK), "posix_spawnattr_setflags()");
        return attributes;
    }

    /// <summary>These functions return the error number instead of setting it.</summary>
    private static void Check(int error, string call)
    {
        if (error != 0)
        {
            throw new LinuxException(call, error);
        }
    }
}
