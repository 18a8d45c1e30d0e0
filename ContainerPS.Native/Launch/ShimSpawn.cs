using System.Runtime.InteropServices;
using ContainerPS.Native.Interop;
using ContainerPS.Native.Linux;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Launch;

/// <summary>
/// posix_spawn of the shim, and so of the container, with the signals that a new process expects. Descriptors keep their numbers: dup2 of
/// one onto itself only takes its close-on-exec mark away (POSIX.1-2024; glibc 2.29).
/// </summary>
internal static unsafe class ShimSpawn
{
    /// <returns>The pid of the first process.</returns>
    public static int Spawn(string executable, IReadOnlyList<string> arguments, ReadOnlySpan<int> descriptors)
    {
        posix_spawn_file_actions_t actions;
        SpawnAttributes.Check(posix_spawn_file_actions_init(&actions), "posix_spawn_file_actions_init()");
        try
        {
            foreach (int descriptor in descriptors)
            {
                SpawnAttributes.Check(
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
            SpawnAttributes.Check(
                posix_spawn(&pid, path, actions, SpawnAttributes.Defaults, vector, &noEnvironment),
                $"posix_spawn(\"{executable}\")"
            );
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
}
