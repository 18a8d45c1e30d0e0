using ContainerPS.Native.Interop;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Linux;

/// <summary>What <c>statx(2)</c> tells of a file.</summary>
/// <remarks><see cref="Mode"/>: Type and permission bits (<c>S_IFREG | 0644</c>).
/// <see cref="DeviceId"/>: Device number of the file system, as <c>makedev</c> packs it.
/// <see cref="DeviceNumber"/>: For a device node: the device that it names, as <c>makedev</c> packs it.
/// <see cref="ModifiedNanoseconds"/>: Since 1970-01-01T00:00:00Z, as the other times.</remarks>
public readonly record struct FileStatus(
    uint Mode,
    uint Uid,
    uint Gid,
    long Size,
    long Blocks,
    ulong Inode,
    ulong DeviceId,
    ulong DeviceNumber,
    uint Links,
    long ModifiedNanoseconds,
    long ChangedNanoseconds,
    long AccessedNanoseconds,
    ulong MountId
)
{
    public bool IsDirectory => (Mode & S_IFMT) == S_IFDIR;

    public bool IsRegular => (Mode & S_IFMT) == S_IFREG;

    public bool IsSymlink => (Mode & S_IFMT) == S_IFLNK;

    public bool IsFifo => (Mode & S_IFMT) == S_IFIFO;

    public bool IsSocket => (Mode & S_IFMT) == S_IFSOCK;

    public bool IsCharacterDevice => (Mode & S_IFMT) == S_IFCHR;

    public bool IsBlockDevice => (Mode & S_IFMT) == S_IFBLK;

    /// <summary>The permission bits with set-uid, set-gid and sticky.</summary>
    public uint Permissions => Mode & Modes.AllBits;

    public uint DeviceMajor => DeviceNumbers.Major(DeviceNumber);

    public uint DeviceMinor => DeviceNumbers.Minor(DeviceNumber);

    internal static FileStatus From(in statx x) =>
        new(
            x.stx_mode,
            x.stx_uid,
            x.stx_gid,
            (long)x.stx_size,
            (long)x.stx_blocks,
            x.stx_ino,
            DeviceNumbers.Make(x.stx_dev_major, x.stx_dev_minor),
            DeviceNumbers.Make(x.stx_rdev_major, x.stx_rdev_minor),
            x.stx_nlink,
            Nanoseconds(x.stx_mtime),
            Nanoseconds(x.stx_ctime),
            Nanoseconds(x.stx_atime),
            x.stx_mnt_id
        );

    private static long Nanoseconds(in statx_timestamp time) => (time.tv_sec * 1_000_000_000) + time.tv_nsec;
}

/// <summary>glibc's packing of device numbers, <c>makedev(3)</c>.</summary>
public static class DeviceNumbers
{
    public static ulong Make(uint major, uint minor) =>
        ((ulong)(major & 0xfffff000) << 32) | ((ulong)(major & 0xfff) << 8) | ((ulong)(minor & 0xffffff00) << 12) | (minor & 0xff);

    public static uint Major(ulong device) => (uint)((device >> 32) & 0xfffff000) | (uint)((device >> 8) & 0xfff);

    public static uint Minor(ulong device) => (uint)((device >> 12) & 0xffffff00) | (uint)(device & 0xff);
}
