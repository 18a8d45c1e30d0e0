using System.Runtime.InteropServices;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Linux;

public sealed partial class FileDescriptor
{
    /// <summary>Reads what is there, at most the buffer's length; 0 at the end. An interrupted call is repeated.</summary>
    public unsafe int Read(Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            nint count;
            do
            {
                count = read(this, start, (nuint)buffer.Length);
            } while (count < 0 && Marshal.GetLastPInvokeError() == EINTR);
            return (int)LinuxException.Check((long)count, $"read({this}, {buffer.Length})");
        }
    }

    /// <summary>Reads at an offset, without moving the file's own.</summary>
    public unsafe int ReadAt(Span<byte> buffer, long offset)
    {
        fixed (byte* start = buffer)
        {
            return (int)
                LinuxException.Check((long)pread(this, start, (nuint)buffer.Length, offset), $"pread({this}, {buffer.Length}, {offset})");
        }
    }

    /// <summary>One write(2): returns how much was taken. Appends and control files need that single call.</summary>
    public unsafe int WriteOnce(ReadOnlySpan<byte> data)
    {
        fixed (byte* start = data)
        {
            nint count;
            do
            {
                count = write(this, start, (nuint)data.Length);
            } while (count < 0 && Marshal.GetLastPInvokeError() == EINTR);
            return (int)LinuxException.Check((long)count, $"write({this}, {data.Length} bytes)");
        }
    }

    /// <summary>Writes all of it.</summary>
    public void Write(ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            data = data[WriteOnce(data)..];
        }
    }

    /// <summary>Writes all of it at an offset.</summary>
    public unsafe void WriteAt(ReadOnlySpan<byte> data, long offset)
    {
        while (!data.IsEmpty)
        {
            fixed (byte* start = data)
            {
                int count = (int)
                    LinuxException.Check(
                        (long)pwrite(this, start, (nuint)data.Length, offset),
                        $"pwrite({this}, {data.Length} bytes, {offset})"
                    );
                data = data[count..];
                offset += count;
            }
        }
    }

    /// <summary>
    /// The file's offset, where the next read begins. After an append it is the end of what was written, whatever others append meanwhile.
    /// </summary>
    public long Position => LinuxException.Check(lseek(this, 0, SEEK_CUR), $"lseek({this}, 0, SEEK_CUR)");

    /// <summary>Reads to the end.</summary>
    public byte[] ReadToEnd()
    {
        byte[] buffer = new byte[4096];
        int length = 0;
        while (Read(buffer.AsSpan(length)) is var count && count > 0)
        {
            length += count;
            if (length == buffer.Length)
            {
                Array.Resize(ref buffer, buffer.Length * 2);
            }
        }

        return buffer[..length];
    }

    public void Truncate(long length) => LinuxException.Check(ftruncate(this, length), $"ftruncate({this}, {length})");

    public void Sync() => LinuxException.Check(fsync(this), $"fsync({this})");

    public void SyncData() => LinuxException.Check(fdatasync(this), $"fdatasync({this})");

    /// <summary>Flushes the whole file system that the file lies on.</summary>
    public void SyncFileSystem() => LinuxException.Check(syncfs(this), $"syncfs({this})");
}
