using System.Runtime.InteropServices;

namespace ContainerPS.Native.Interop;

/// <summary><c>&lt;sys/mman.h&gt;</c></summary>
public static unsafe partial class Libc
{
    public const int MFD_ALLOW_SEALING = 2;
    public const int MFD_CLOEXEC = 1;
    public const int MFD_HUGETLB = 4;
    public const int MAP_ANONYMOUS = 32;
    public const int MAP_FAILED = -1;
    public const int MAP_FIXED = 16;
    public const int MAP_HUGETLB = 262144;
    public const int MAP_POPULATE = 32768;
    public const int MAP_PRIVATE = 2;
    public const int MAP_SHARED = 1;
    public const int PROT_EXEC = 4;
    public const int PROT_NONE = 0;
    public const int PROT_READ = 1;
    public const int PROT_WRITE = 2;
    public const int MFD_NOEXEC_SEAL = 0x8;
    public const int MFD_EXEC = 0x10;

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int memfd_create(string name, uint flags);
}
