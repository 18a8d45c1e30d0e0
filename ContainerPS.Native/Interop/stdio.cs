using System.Runtime.InteropServices;

namespace ContainerPS.Native.Interop;

/// <summary><c>&lt;stdio.h&gt;</c></summary>
public static unsafe partial class Libc
{
    public const int RENAME_NOREPLACE = 1;
    public const int RENAME_EXCHANGE = 2;

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int renameat2(SafeHandle olddirfd, string oldpath, SafeHandle newdirfd, string newpath, uint flags);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int renameat2(SafeHandle olddirfd, byte* oldpath, SafeHandle newdirfd, byte* newpath, uint flags);
}
