namespace ContainerPS.Native.Interop;

/// <summary><c>&lt;linux/filter.h&gt;</c></summary>
public static unsafe partial class Libc
{
    public const int BPF_RET = 6;
    public const int BPF_ABS = 32;
}

internal struct sock_filter
{
    public ushort code;
    public byte jt;
    public byte jf;
    public uint k;
}

internal unsafe struct sock_fprog
{
    public ushort len;
    public sock_filter* filter;
}
