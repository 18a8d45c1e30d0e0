namespace ContainerPS.Native.Interop;

/// <summary><c>&lt;linux/loop.h&gt;</c></summary>
public static unsafe partial class Libc
{
    public const uint LOOP_SET_FD = 0x4c00;
    public const uint LOOP_CLR_FD = 0x4c01;
    public const uint LOOP_CTL_GET_FREE = 0x4c82;
    public const uint LOOP_SET_DIRECT_IO = 0x4c08;
    public const uint LOOP_CONFIGURE = 0x4c0a;
    public const uint LO_FLAGS_AUTOCLEAR = 0x4;
    public const uint LO_FLAGS_DIRECT_IO = 0x10;
    public const uint LO_FLAGS_READ_ONLY = 0x1;
}

internal unsafe struct loop_info64
{
    public ulong lo_device;
    public ulong lo_inode;
    public ulong lo_rdevice;
    public ulong lo_offset;
    public ulong lo_sizelimit;
    public uint lo_number;
    public uint lo_encrypt_type;
    public uint lo_encrypt_key_size;
    public uint lo_flags;
    public fixed byte lo_file_name[64];
    public fixed byte lo_crypt_name[64];
    public fixed byte lo_encrypt_key[32];
    public fixed ulong lo_init[2];
}

internal unsafe struct loop_config
{
    public uint fd;
    public uint block_size;
    public loop_info64 info;
    public fixed ulong __reserved[8];
}
