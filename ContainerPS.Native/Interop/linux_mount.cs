namespace ContainerPS.Native.Interop;

/// <summary><c>&lt;linux/mount.h&gt;</c></summary>
public static unsafe partial class Libc
{
    public const int MS_BIND = 0x1000;
    public const int MS_DIRSYNC = 0x80;
    public const int MS_I_VERSION = 0x800000;
    public const int MS_LAZYTIME = 0x2000000;
    public const int MS_MANDLOCK = 0x40;
    public const int MS_MOVE = 0x2000;
    public const int MS_NOATIME = 0x400;
    public const int MS_NODEV = 0x4;
    public const int MS_NODIRATIME = 0x800;
    public const int MS_NOEXEC = 0x8;
    public const int MS_NOSUID = 0x2;
    public const int MS_NOSYMFOLLOW = 0x100;
    public const int MS_POSIXACL = 0x10000;
    public const int MS_PRIVATE = 0x40000;
    public const int MS_RDONLY = 0x1;
    public const int MS_REC = 0x4000;
    public const int MS_RELATIME = 0x200000;
    public const int MS_REMOUNT = 0x20;
    public const int MS_SHARED = 0x100000;
    public const int MS_SILENT = 0x8000;
    public const int MS_SLAVE = 0x80000;
    public const int MS_STRICTATIME = 0x1000000;
    public const int MS_SYNCHRONOUS = 0x10;
    public const int MS_UNBINDABLE = 0x20000;
    public const int MS_VERBOSE = 0x8000;
    public const int OPEN_TREE_CLOEXEC = 0x80000;
    public const int OPEN_TREE_CLONE = 0x1;
    public const int MOVE_MOUNT_F_AUTOMOUNTS = 0x2;
    public const int MOVE_MOUNT_F_EMPTY_PATH = 0x4;
    public const int MOVE_MOUNT_F_SYMLINKS = 0x1;
    public const int MOVE_MOUNT_SET_GROUP = 0x100;
    public const int MOVE_MOUNT_T_AUTOMOUNTS = 0x20;
    public const int MOVE_MOUNT_T_EMPTY_PATH = 0x40;
    public const int MOVE_MOUNT_T_SYMLINKS = 0x10;
    public const int MOVE_MOUNT__MASK = 0x177;
    public const int FSMOUNT_CLOEXEC = 1;
    public const int FSOPEN_CLOEXEC = 1;
    public const int FSPICK_CLOEXEC = 1;
    public const int FSPICK_EMPTY_PATH = 8;
    public const int FSPICK_NO_AUTOMOUNT = 4;
    public const int FSPICK_SYMLINK_NOFOLLOW = 2;
    public const int FSCONFIG_SET_FLAG = 0;
    public const int FSCONFIG_SET_STRING = 1;
    public const int FSCONFIG_SET_BINARY = 2;
    public const int FSCONFIG_SET_PATH = 3;
    public const int FSCONFIG_SET_PATH_EMPTY = 4;
    public const int FSCONFIG_SET_FD = 5;
    public const int FSCONFIG_CMD_CREATE = 6;
    public const int FSCONFIG_CMD_RECONFIGURE = 7;
    public const int MOUNT_ATTR_IDMAP = 0x100000;
    public const int MOUNT_ATTR_NOATIME = 0x10;
    public const int MOUNT_ATTR_NODEV = 0x4;
    public const int MOUNT_ATTR_NODIRATIME = 0x80;
    public const int MOUNT_ATTR_NOEXEC = 0x8;
    public const int MOUNT_ATTR_NOSUID = 0x2;
    public const int MOUNT_ATTR_NOSYMFOLLOW = 0x200000;
    public const int MOUNT_ATTR_RDONLY = 0x1;
    public const int MOUNT_ATTR_RELATIME = 0x0;
    public const int MOUNT_ATTR_SIZE_VER0 = 0x20;
    public const int MOUNT_ATTR_STRICTATIME = 0x20;
    public const int MOUNT_ATTR__ATIME = 0x70;
    public const int FSCONFIG_CMD_CREATE_EXCL = 8;
    public const int MOVE_MOUNT_BENEATH = 0x200;
}

internal struct mount_attr
{
    public ulong attr_set;
    public ulong attr_clr;
    public ulong propagation;
    public ulong userns_fd;
}
