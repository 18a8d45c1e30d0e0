namespace ContainerPS.Native.Interop;

/// <summary><c>&lt;linux/keyctl.h&gt;</c></summary>
public static unsafe partial class Libc
{
    public const int KEYCTL_JOIN_SESSION_KEYRING = 1;
    public const int KEYCTL_SETPERM = 5;
    public const int KEYCTL_DESCRIBE = 6;
    public const int KEY_SPEC_SESSION_KEYRING = -3;
    public const int KEY_SPEC_PROCESS_KEYRING = -2;
}
