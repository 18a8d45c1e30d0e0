namespace ContainerPS.Native.Interop;

/// <summary><c>&lt;linux/audit.h&gt;</c></summary>
public static unsafe partial class Libc
{
    public const uint AUDIT_ARCH_X86_64 = 0xc000003e;
    public const uint AUDIT_ARCH_I386 = 0x40000003;
    public const uint AUDIT_ARCH_AARCH64 = 0xc00000b7;
    public const uint AUDIT_ARCH_ARM = 0x40000028;
}
