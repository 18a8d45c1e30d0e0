namespace ContainerPS.Native.Interop;

/// <summary><c>&lt;linux/stat.h&gt;</c></summary>
public static unsafe partial class Libc
{
    public const int STATX_ALL = 0xfff;
    public const int STATX_ATIME = 0x20;
    public const int STATX_ATTR_APPEND = 0x20;
    public const int STATX_ATTR_AUTOMOUNT = 0x1000;
    public const int STATX_ATTR_COMPRESSED = 0x4;
    public const int STATX_ATTR_DAX = 0x200000;
    public const int STATX_ATTR_ENCRYPTED = 0x800;
    public const int STATX_ATTR_IMMUTABLE = 0x10;
    public const int STATX_ATTR_MOUNT_ROOT = 0x2000;
    public const int STATX_ATTR_NODUMP = 0x40;
    public const int STATX_ATTR_VERITY = 0x100000;
    public const int STATX_BASIC_STATS = 0x7ff;
    public const int STATX_BLOCKS = 0x400;
    public const int STATX_BTIME = 0x800;
    public const int STATX_CTIME = 0x80;
    public const int STATX_DIOALIGN = 0x2000;
    public const int STATX_GID = 0x10;
    public const int STATX_INO = 0x100;
    public const int STATX_MNT_ID = 0x1000;
    public const int STATX_MODE = 0x2;
    public const int STATX_MTIME = 0x40;
    public const int STATX_NLINK = 0x4;
    public const int STATX_SIZE = 0x200;
    public const int STATX_TYPE = 0x1;
    public const int STATX_UID = 0x8;
    public const uint STATX__RESERVED = 0x80000000;
    public const int STATX_MNT_ID_UNIQUE = 0x4000;
}

internal struct statx_timestamp
{
    public long tv_sec;
    public uint tv_nsec;
    public int __reserved;
}

internal unsafe struct statx
{
    public uint stx_mask;
    public uint stx_blksize;
    public ulong stx_attributes;
    public uint stx_nlink;
    public uint stx_uid;
    public uint stx_gid;
    public ushort stx_mode;
    public ushort __spare0;
    public ulong stx_ino;
    public ulong stx_size;
    public ulong stx_blocks;
    public ulong stx_attributes_mask;
    public statx_timestamp stx_atime;
    public statx_timestamp stx_btime;
    public statx_timestamp stx_ctime;
    public statx_timestamp stx_mtime;
    public uint stx_rdev_major;
    public uint stx_rdev_minor;
    public uint stx_dev_major;
    public uint stx_dev_minor;
    public ulong stx_mnt_id;
    public uint stx_dio_mem_align;
    public uint stx_dio_offset_align;
    public fixed ulong __spare3[12];
}
