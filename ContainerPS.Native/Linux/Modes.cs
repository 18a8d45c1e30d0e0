namespace ContainerPS.Native.Linux;

/// <summary>
/// Permissions by their octal digits; C# has no octal numbers. Compiled into the shim too, so this file names nothing else.
/// </summary>
public static class Modes
{
    public const uint Mode0600 = 6 << 6;

    /// <summary>A FIFO that others may open for writing and only its owner reads: runc's mode of `exec.fifo`.</summary>
    public const uint Mode0622 = (6 << 6) | (2 << 3) | 2;
    public const uint Mode0640 = (6 << 6) | (4 << 3);
    public const uint Mode0644 = (6 << 6) | (4 << 3) | 4;
    public const uint Mode0666 = (6 << 6) | (6 << 3) | 6;
    public const uint Mode0700 = 7 << 6;
    public const uint Mode0711 = (7 << 6) | (1 << 3) | 1;
    public const uint Mode0755 = (7 << 6) | (5 << 3) | 5;
    public const uint Mode0770 = (7 << 6) | (7 << 3);
    public const uint Mode0777 = (7 << 6) | (7 << 3) | 7;
    public const uint Mode1777 = Sticky | Mode0777;

    /// <summary>01000: only the owner of a file may remove it from the directory.</summary>
    public const uint Sticky = 1 << 9;

    /// <summary>02000: a program runs with the file's group; what is made in a directory takes the directory's group.</summary>
    public const uint SetGroupId = 2 << 9;

    /// <summary>04000: a program runs as the file's owner.</summary>
    public const uint SetUserId = 4 << 9;

    /// <summary>0777: read, write and execute, for owner, group and others.</summary>
    public const uint AccessBits = Mode0777;

    /// <summary>0077: what the group and everybody else may do.</summary>
    public const uint OthersBits = (7 << 3) | 7;

    /// <summary>07000: the bits that open(2), mknod(2) and a change of owner may drop.</summary>
    public const uint SpecialBits = SetUserId | SetGroupId | Sticky;

    /// <summary>07777: all that chmod(2) sets; the rest of st_mode is the type of the file.</summary>
    public const uint AllBits = SpecialBits | AccessBits;
}
