using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Linux;

/// <summary>The usual permissions; C# has no octal numbers.</summary>
public static class Modes
{
    public const uint Mode0600 = S_IRUSR | S_IWUSR;
    public const uint Mode0644 = Mode0600 | S_IRGRP | S_IROTH;
    public const uint Mode0666 = Mode0644 | S_IWGRP | S_IWOTH;
    public const uint Mode0700 = S_IRWXU;
    public const uint Mode0755 = Mode0700 | S_IRGRP | S_IXGRP | S_IROTH | S_IXOTH;
}
