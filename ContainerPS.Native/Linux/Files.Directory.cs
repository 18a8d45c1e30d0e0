using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using ContainerPS.Native.Interop;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Linux;

/// <summary>One entry of a directory, as <c>getdents64(2)</c> tells it.</summary>
/// <remarks><see cref="Type"/>: A DT_ constant; DT_UNKNOWN on file systems that do not tell.</remarks>
public readonly record struct DirectoryEntry(string Name, ulong Inode, byte Type)
{
    public bool IsDirectory => Type == DT_DIR;
}

/// <content>Reading and removing directories.</content>
public static partial class Files
{
    /// <summary>All entries but "." and "..", from the start, whatever was read before.</summary>
    public static IReadOnlyList<DirectoryEntry> ReadDirectory(FileDescriptor directory)
    {
        LinuxException.Check(lseek(directory, 0, SEEK_SET), $"lseek({directory}, 0, SEEK_SET)");
        List<DirectoryEntry> entries = [];
        byte[] buffer = new byte[32 * 1024];
        while (ReadEntries(directory, buffer) is var length && length > 0)
        {
            ParseEntries(buffer.AsSpan(0, length), entries);
        }

        return entries;
    }

    public static IReadOnlyList<DirectoryEntry> ReadDirectory(string path)
    {
        using FileDescriptor directory = OpenDirectory(path);
        return ReadDirectory(directory);
    }

    /// <summary>
    /// Removes a name and everything below it (<see cref="TreeRemoval"/>): symlinks are removed, never entered, and a mount point fails
    /// with EBUSY before anything of it is touched. Returns false when there was nothing.
    /// </summary>
    public static bool RemoveTreeAt(FileDescriptor directory, string name)
    {
        int result = TreeRemoval.Delete(directory.Number, Encoding.UTF8.GetBytes(name + '\0'), out bool existed);
        GC.KeepAlive(directory);
        return result == 0 ? existed : throw new LinuxException($"removing the tree \"{name}\" in {directory}", -result);
    }

    public static bool RemoveTree(string path) => RemoveTreeAt(FileDescriptor.CurrentDirectory, path);

    private static unsafe int ReadEntries(FileDescriptor directory, byte[] buffer)
    {
        fixed (byte* start = buffer)
        {
            return (int)
                LinuxException.Check((long)syscall(SYS.getdents64, directory, start, buffer.Length, 0, 0, 0), $"getdents64({directory})");
        }
    }

    // struct linux_dirent64 { u64 d_ino; s64 d_off; u16 d_reclen; u8 d_type; char d_name[]; }
    private static void ParseEntries(ReadOnlySpan<byte> buffer, List<DirectoryEntry> entries)
    {
        while (buffer.Length > 19)
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(buffer[16..]);
            ReadOnlySpan<byte> name = buffer[19..length];
            string text = Encoding.UTF8.GetString(name[..name.IndexOf((byte)0)]);
            if (text is not ("." or ".."))
            {
                entries.Add(new(text, BinaryPrimitives.ReadUInt64LittleEndian(buffer), buffer[18]));
            }

            buffer = buffer[length..];
        }
    }
}
