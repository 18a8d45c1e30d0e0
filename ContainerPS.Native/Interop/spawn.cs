using System.Runtime.InteropServices;

namespace ContainerPS.Native.Interop;

/// <summary><c>&lt;spawn.h&gt;</c></summary>
public static unsafe partial class Libc
{
    public const short POSIX_SPAWN_RESETIDS = 0x1;
    public const short POSIX_SPAWN_SETPGROUP = 0x2;
    public const short POSIX_SPAWN_SETSCHEDPARAM = 0x10;
    public const short POSIX_SPAWN_SETSCHEDULER = 0x20;
    public const short POSIX_SPAWN_SETSID = 0x80;
    public const short POSIX_SPAWN_SETSIGDEF = 0x4;
    public const short POSIX_SPAWN_SETSIGMASK = 0x8;
    public const short POSIX_SPAWN_USEVFORK = 0x40;

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int posix_spawn(
        int* pid,
        byte* path,
        posix_spawn_file_actions_t* file_actions,
        posix_spawnattr_t* attrp,
        byte** argv,
        byte** envp
    );

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int posix_spawnattr_init(posix_spawnattr_t* attr);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int posix_spawnattr_destroy(posix_spawnattr_t* attr);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int posix_spawnattr_setflags(posix_spawnattr_t* attr, short flags);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int posix_spawnattr_setsigdefault(posix_spawnattr_t* attr, sigset_t* sigdefault);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int posix_spawnattr_setsigmask(posix_spawnattr_t* attr, sigset_t* sigmask);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int posix_spawn_file_actions_init(posix_spawn_file_actions_t* file_actions);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int posix_spawn_file_actions_destroy(posix_spawn_file_actions_t* file_actions);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t* file_actions, int fildes, int newfildes);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t* file_actions, byte* path);
}

internal unsafe struct sigset_t
{
    public fixed ulong __val[16];
}

/// <summary>glibc 2.28 and later; opaque here.</summary>
internal unsafe struct posix_spawnattr_t
{
    private fixed ulong _opaque[42];
}

/// <summary>glibc; opaque here.</summary>
internal unsafe struct posix_spawn_file_actions_t
{
    private fixed ulong _opaque[10];
}
