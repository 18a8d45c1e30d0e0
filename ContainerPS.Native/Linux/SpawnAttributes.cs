using System.Runtime.InteropServices;
using ContainerPS.Native.Interop;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Linux;

/// <summary>
/// What posix_spawn gives a new program: the default for each signal and no blocked one. .NET ignores SIGPIPE and may block signals on a
/// thread, and both would be inherited.
/// </summary>
internal static unsafe class SpawnAttributes
{
    /// <summary>Made once, never freed.</summary>
    public static readonly posix_spawnattr_t* Defaults = Create();

    /// <summary>These functions return the error number instead of setting it.</summary>
    public static void Check(int error, string call)
    {
        if (error != 0)
        {
            throw new LinuxException(call, error);
        }
    }

    private static posix_spawnattr_t* Create()
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
}
