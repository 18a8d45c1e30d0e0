using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Linux;

/// <summary>Spells flags in error texts as the manual does.</summary>
internal static class FlagNames
{
    private static readonly (long Value, string Name)[] Open =
    [
        (O_PATH, nameof(O_PATH)),
        (O_TMPFILE, nameof(O_TMPFILE)),
        (O_WRONLY, nameof(O_WRONLY)),
        (O_RDWR, nameof(O_RDWR)),
        (O_CREAT, nameof(O_CREAT)),
        (O_EXCL, nameof(O_EXCL)),
        (O_TRUNC, nameof(O_TRUNC)),
        (O_APPEND, nameof(O_APPEND)),
        (O_NONBLOCK, nameof(O_NONBLOCK)),
        (O_DIRECTORY, nameof(O_DIRECTORY)),
        (O_NOFOLLOW, nameof(O_NOFOLLOW)),
        (O_NOCTTY, nameof(O_NOCTTY)),
        (O_CLOEXEC, nameof(O_CLOEXEC)),
    ];

    private static readonly (long Value, string Name)[] Resolve =
    [
        (RESOLVE_IN_ROOT, nameof(RESOLVE_IN_ROOT)),
        (RESOLVE_BENEATH, nameof(RESOLVE_BENEATH)),
        (RESOLVE_NO_MAGICLINKS, nameof(RESOLVE_NO_MAGICLINKS)),
        (RESOLVE_NO_SYMLINKS, nameof(RESOLVE_NO_SYMLINKS)),
        (RESOLVE_NO_XDEV, nameof(RESOLVE_NO_XDEV)),
        (RESOLVE_CACHED, nameof(RESOLVE_CACHED)),
    ];

    private static readonly (long Value, string Name)[] Mount =
    [
        (MS_RDONLY, nameof(MS_RDONLY)),
        (MS_NOSUID, nameof(MS_NOSUID)),
        (MS_NODEV, nameof(MS_NODEV)),
        (MS_NOEXEC, nameof(MS_NOEXEC)),
        (MS_REMOUNT, nameof(MS_REMOUNT)),
        (MS_BIND, nameof(MS_BIND)),
        (MS_MOVE, nameof(MS_MOVE)),
        (MS_REC, nameof(MS_REC)),
        (MS_PRIVATE, nameof(MS_PRIVATE)),
        (MS_SLAVE, nameof(MS_SLAVE)),
        (MS_SHARED, nameof(MS_SHARED)),
        (MS_RELATIME, nameof(MS_RELATIME)),
        (MS_NOATIME, nameof(MS_NOATIME)),
    ];

    /// <summary>"open", "resolve" or "mount" name a table; "o" is octal, "x" hexadecimal.</summary>
    public static string Format(long value, string format) =>
        format switch
        {
            "open" => Join(value, Open, "O_RDONLY"),
            "resolve" => Join(value, Resolve, "0"),
            "mount" => Join(value, Mount, "0"),
            "o" => "0" + Convert.ToString(value, 8),
            _ => "0x" + Convert.ToString(value, 16),
        };

    private static string Join(long value, (long Value, string Name)[] table, string none)
    {
        List<string> names = [];
        foreach ((long flag, string name) in table)
        {
            if ((value & flag) == flag)
            {
                names.Add(name);
                value &= ~flag;
            }
        }

        if (value != 0)
        {
            names.Add("0x" + Convert.ToString(value, 16));
        }

        return names.Count == 0 ? none : string.Join('|', names);
    }
}
