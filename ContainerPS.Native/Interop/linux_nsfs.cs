namespace ContainerPS.Native.Interop;

/// <summary><c>&lt;linux/nsfs.h&gt;</c></summary>
public static unsafe partial class Libc
{
    public const uint NS_GET_USERNS = 0xb701;
    public const uint NS_GET_PARENT = 0xb702;
    public const uint NS_GET_NSTYPE = 0xb703;
    public const uint NS_GET_OWNER_UID = 0xb704;
}
