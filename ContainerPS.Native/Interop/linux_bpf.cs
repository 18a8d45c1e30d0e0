namespace ContainerPS.Native.Interop;

/// <summary><c>&lt;linux/bpf.h&gt;</c></summary>
public static unsafe partial class Libc
{
    public const int BPF_PROG_LOAD = 5;
    public const int BPF_PROG_ATTACH = 8;
    public const int BPF_PROG_DETACH = 9;
    public const int BPF_PROG_QUERY = 16;
    public const int BPF_PROG_GET_FD_BY_ID = 13;
    public const int BPF_PROG_TYPE_CGROUP_DEVICE = 15;
    public const int BPF_CGROUP_DEVICE = 6;
    public const int BPF_F_ALLOW_MULTI = 0x2;
    public const int BPF_F_REPLACE = 0x4;
    public const int BPF_DEVCG_ACC_MKNOD = 0x1;
    public const int BPF_DEVCG_ACC_READ = 0x2;
    public const int BPF_DEVCG_ACC_WRITE = 0x4;
    public const int BPF_DEVCG_DEV_BLOCK = 0x1;
    public const int BPF_DEVCG_DEV_CHAR = 0x2;
    public const int BPF_LD = 0x0;
    public const int BPF_LDX = 0x1;
    public const int BPF_ST = 0x2;
    public const int BPF_STX = 0x3;
    public const int BPF_ALU = 0x4;
    public const int BPF_ALU64 = 0x7;
    public const int BPF_JMP = 0x5;
    public const int BPF_JMP32 = 0x6;
    public const int BPF_W = 0x0;
    public const int BPF_H = 0x8;
    public const int BPF_B = 0x10;
    public const int BPF_DW = 0x18;
    public const int BPF_MEM = 0x60;
    public const int BPF_K = 0x0;
    public const int BPF_X = 0x8;
    public const int BPF_ADD = 0x0;
    public const int BPF_AND = 0x50;
    public const int BPF_OR = 0x40;
    public const int BPF_RSH = 0x70;
    public const int BPF_LSH = 0x60;
    public const int BPF_MOV = 0xb0;
    public const int BPF_JA = 0x0;
    public const int BPF_JEQ = 0x10;
    public const int BPF_JNE = 0x50;
    public const int BPF_EXIT = 0x90;
    public const int BPF_CALL = 0x80;
    public const int BPF_REG_0 = 0;
    public const int BPF_REG_1 = 1;
    public const int BPF_REG_2 = 2;
    public const int BPF_REG_3 = 3;
    public const int BPF_REG_4 = 4;
    public const int BPF_REG_5 = 5;
    public const int BPF_REG_6 = 6;
}

internal struct bpf_insn
{
    public byte code;
    public byte dst_src;
    public short off;
    public int imm;
}

internal struct bpf_cgroup_dev_ctx
{
    public uint access_type;
    public uint major;
    public uint minor;
}

/// <summary><c>union bpf_attr</c> as BPF_PROG_LOAD reads it, up to log_buf; the kernel takes a shorter attribute as zero-filled.</summary>
internal struct bpf_attr_prog_load
{
    public uint prog_type;
    public uint insn_cnt;
    public ulong insns;
    public ulong license;
    public uint log_level;
    public uint log_size;
    public ulong log_buf;
}

/// <summary><c>union bpf_attr</c> as BPF_PROG_ATTACH and BPF_PROG_DETACH read it.</summary>
internal struct bpf_attr_prog_attach
{
    public uint target_fd;
    public uint attach_bpf_fd;
    public uint attach_type;
    public uint attach_flags;
    public uint replace_bpf_fd;
}

/// <summary><c>union bpf_attr</c> as BPF_PROG_QUERY reads and fills it.</summary>
internal struct bpf_attr_prog_query
{
    public uint target_fd;
    public uint attach_type;
    public uint query_flags;
    public uint attach_flags;
    public ulong prog_ids;
    public uint prog_cnt;
}

/// <summary><c>union bpf_attr</c> as BPF_PROG_GET_FD_BY_ID reads it.</summary>
internal struct bpf_attr_get_id
{
    public uint prog_id;
    public uint next_id;
    public uint open_flags;
}
