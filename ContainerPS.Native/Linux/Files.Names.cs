using System.Runtime.InteropServices;
using ContainerPS.Native.Interop;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Linux;

/// <content>Making, renaming and removing names, and changing what inodes say.</content>
public static partial class Files
{
    public static void MakeDirectory(string path, uint mode = Modes.Mode0755) =>
        MakeDirectoryAt(FileDescriptor.CurrentDirectory, path, mode);

    public static void MakeDirectoryAt(FileDescriptor directory, string path, uint mode = Modes.Mode0755) =>
        LinuxException.Check(mkdirat(directory, path, mode), $"mkdirat({directory}, {path}, {mode:o})");

    /// <summary>False when the name is taken.</summary>
    public static bool TryMakeDirectoryAt(FileDescriptor directory, string path, uint mode = Modes.Mode0755)
    {
        int result = mkdirat(directory, path, mode);
        if (result < 0 && Marshal.GetLastPInvokeError() == EEXIST)
        {
            return false;
        }

        LinuxException.Check(result, $"mkdirat({directory}, {path}, {mode:o})");
        return true;
    }

    /// <summary>Makes a host path with what is missing above it.</summary>
    public static void MakeDirectories(string path, uint mode = Modes.Mode0755)
    {
        if (path.Length == 0 || Exists(path))
        {
            return;
        }

        if (path.TrimEnd('/').LastIndexOf('/') is var slash && slash > 0)
        {
            MakeDirectories(path[..slash], mode);
        }

        TryMakeDirectoryAt(FileDescriptor.CurrentDirectory, path, mode);
    }

    /// <summary>The path without a symlink in it, as <c>realpath(3)</c>; what it leads to must exist.</summary>
    public static string RealPath(string path)
    {
        using FileDescriptor file = Open(path, O_PATH);
        return file.Path ?? throw new LinuxException($"readlinkat(AT_FDCWD, /proc/self/fd/{(long)file.Number})", ENOENT);
    }

    public static void MakeNodeAt(FileDescriptor directory, string path, uint mode, ulong device = 0) =>
        LinuxException.Check(mknodat(directory, path, mode, device), $"mknodat({directory}, {path}, {mode:o}, {(long)device:x})");

    public static void MakeFifo(string path, uint mode) => MakeNodeAt(FileDescriptor.CurrentDirectory, path, S_IFIFO | mode);

    public static void Symlink(string target, string path) => SymlinkAt(target, FileDescriptor.CurrentDirectory, path);

    public static void SymlinkAt(string target, FileDescriptor directory, string path) =>
        LinuxException.Check(symlinkat(target, directory, path), $"symlinkat({target}, {directory}, {path})");

    /// <summary>False when the name is taken: symlink(2) is an atomic reservation.</summary>
    public static bool TrySymlinkAt(string target, FileDescriptor directory, string path)
    {
        int result = symlinkat(target, directory, path);
        if (result < 0 && Marshal.GetLastPInvokeError() == EEXIST)
        {
            return false;
        }

        LinuxException.Check(result, $"symlinkat({target}, {directory}, {path})");
        return true;
    }

    public static void LinkAt(FileDescriptor oldDirectory, string oldPath, FileDescriptor newDirectory, string newPath, int flags = 0) =>
        LinuxException.Check(
            linkat(oldDirectory, oldPath, newDirectory, newPath, flags),
            $"linkat({oldDirectory}, {oldPath}, {newDirectory}, {newPath}, {flags:x})"
        );

    public static void Rename(string oldPath, string newPath, uint flags = 0) =>
        RenameAt(FileDescriptor.CurrentDirectory, oldPath, FileDescriptor.CurrentDirectory, newPath, flags);

    /// <summary>False when there is nothing of the old name.</summary>
    public static bool TryRename(string oldPath, string newPath)
    {
        int result = renameat2(FileDescriptor.CurrentDirectory, oldPath, FileDescriptor.CurrentDirectory, newPath, 0);
        if (result < 0 && Marshal.GetLastPInvokeError() == ENOENT)
        {
            return false;
        }

        LinuxException.Check(result, $"renameat2(AT_FDCWD, {oldPath}, AT_FDCWD, {newPath}, 0)");
        return true;
    }

    /// <summary><c>renameat2(2)</c>: RENAME_NOREPLACE and RENAME_EXCHANGE are taken.</summary>
    public static void RenameAt(FileDescriptor oldDirectory, string oldPath, FileDescriptor newDirectory, string newPath, uint flags = 0) =>
        LinuxException.Check(
            renameat2(oldDirectory, oldPath, newDirectory, newPath, flags),
            $"renameat2({oldDirectory}, {oldPath}, {newDirectory}, {newPath}, {flags:x})"
        );

    public static void Unlink(string path) => UnlinkAt(FileDescriptor.CurrentDirectory, path);

    public static void UnlinkAt(FileDescriptor directory, string path, bool isDirectory = false) =>
        LinuxException.Check(
            unlinkat(directory, path, isDirectory ? AT_REMOVEDIR : 0),
            $"unlinkat({directory}, {path}, {(isDirectory ? AT_REMOVEDIR : 0):x})"
        );

    /// <summary>False when there was nothing to remove.</summary>
    public static bool TryUnlinkAt(FileDescriptor directory, string path, bool isDirectory = false)
    {
        int result = unlinkat(directory, path, isDirectory ? AT_REMOVEDIR : 0);
        if (result < 0 && Marshal.GetLastPInvokeError() == ENOENT)
        {
            return false;
        }

        LinuxException.Check(result, $"unlinkat({directory}, {path}, {(isDirectory ? AT_REMOVEDIR : 0):x})");
        return true;
    }

    public static bool TryUnlink(string path) => TryUnlinkAt(FileDescriptor.CurrentDirectory, path);

    /// <summary>Of the open file. A symlink itself has no permissions to change.</summary>
    public static void ChangeMode(FileDescriptor file, uint mode) => LinuxException.Check(fchmod(file, mode), $"fchmod({file}, {mode:o})");

    public static void ChangeModeAt(FileDescriptor directory, string path, uint mode) =>
        LinuxException.Check(fchmodat(directory, path, mode, 0), $"fchmodat({directory}, {path}, {mode:o})");

    /// <summary>Never follows a symlink at the end.</summary>
    public static void ChangeOwnerAt(FileDescriptor directory, string path, uint uid, uint gid)
    {
        int flags = AT_SYMLINK_NOFOLLOW | (path.Length == 0 ? AT_EMPTY_PATH : 0);
        LinuxException.Check(fchownat(directory, path, uid, gid, flags), $"fchownat({directory}, {path}, {uid}, {gid}, {flags:x})");
    }

    public static void ChangeOwner(FileDescriptor file, uint uid, uint gid) => ChangeOwnerAt(file, "", uid, gid);

    /// <summary>Sets both times of a name, without following a symlink; nanoseconds since 1970, null leaves one as it is.</summary>
    public static unsafe void SetTimesAt(FileDescriptor directory, string path, long? accessedNanoseconds, long? modifiedNanoseconds)
    {
        timespec* times = stackalloc timespec[2];
        times[0] = ToTimespec(accessedNanoseconds);
        times[1] = ToTimespec(modifiedNanoseconds);
        LinuxException.Check(utimensat(directory, path, times, AT_SYMLINK_NOFOLLOW), $"utimensat({directory}, {path})");
    }

    /// <summary>Sets both times of an open file.</summary>
    public static unsafe void SetTimes(FileDescriptor file, long? accessedNanoseconds, long? modifiedNanoseconds)
    {
        timespec* times = stackalloc timespec[2];
        times[0] = ToTimespec(accessedNanoseconds);
        times[1] = ToTimespec(modifiedNanoseconds);
        LinuxException.Check(futimens(file, times), $"futimens({file})");
    }

    private static timespec ToTimespec(long? nanoseconds)
    {
        if (nanoseconds is not { } value)
        {
            return new() { tv_nsec = UTIME_OMIT };
        }

        long seconds = Math.DivRem(value, 1_000_000_000, out long rest);
        return rest < 0 ? new() { tv_sec = seconds - 1, tv_nsec = rest + 1_000_000_000 } : new() { tv_sec = seconds, tv_nsec = rest };
    }
}
