using System.Collections.Frozen;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Mounts;

/// <summary>
/// The options of one mount, sorted by who takes them: flags of mount(2), attributes of mount_setattr(2), propagation, what we do
/// ourselves, and the rest, which is for the file system.
/// </summary>
public sealed record MountOptions
{
    /// <summary>MS_ flags to set, without propagation.</summary>
    public uint Flags { get; init; }

    /// <summary>MS_ flags that an option cleared by name ("rw", "suid"): a remount must not take them over from the source.</summary>
    public uint ClearedFlags { get; init; }

    /// <summary>Propagation changes in order, each MS_SHARED, MS_PRIVATE, MS_SLAVE or MS_UNBINDABLE, with MS_REC or not.</summary>
    public IReadOnlyList<uint> Propagation { get; init; } = [];

    /// <summary>MOUNT_ATTR_ bits for this mount alone: the same choice as <see cref="Flags"/> in the words of the newer call.</summary>
    public ulong AttributesSet { get; init; }

    /// <summary>MOUNT_ATTR_ bits to clear; the access time bits are one field and are cleared whole before one is set.</summary>
    public ulong AttributesCleared { get; init; }

    /// <summary>MOUNT_ATTR_ bits to set on this mount and all below it ("rro"), AT_RECURSIVE, Linux 5.12.</summary>
    public ulong RecursiveSet { get; init; }

    /// <summary>MOUNT_ATTR_ bits to clear on this mount and all below it ("rrw").</summary>
    public ulong RecursiveCleared { get; init; }

    /// <summary>A tmpfs that starts with what the directory below it held.</summary>
    public bool TmpCopyUp { get; init; }

    /// <summary>Ids are mapped by the mount ("idmap"); with <see cref="IsIdMapRecursive"/> on everything below too.</summary>
    public bool IsIdMapped { get; init; }

    public bool IsIdMapRecursive { get; init; }

    /// <summary>What no table knows, comma-separated: the data argument of mount(2).</summary>
    public string Data { get; init; } = "";

    public bool IsBind => (Flags & MS_BIND) != 0;

    public bool IsRecursiveBind => IsBind && (Flags & MS_REC) != 0;

    public bool IsReadOnly => (Flags & MS_RDONLY) != 0;

    /// <summary>A change that a bind mount needs a second call for: bind itself takes no flag but MS_REC.</summary>
    public bool NeedsRemount => ((Flags | ClearedFlags) & ~(uint)(MS_BIND | MS_REC)) != 0;

    /// <summary>
    /// Options as runtime-spec config-linux.md ("Mount options") and mount(8) write them. Later ones win over earlier ones.
    /// </summary>
    public static MountOptions Parse(IEnumerable<string>? options)
    {
        MountOptionReader reader = new();
        foreach (string option in options ?? [])
        {
            reader.Take(option);
        }

        return reader.Result();
    }
}

/// <summary>Takes options one by one.</summary>
internal sealed class MountOptionReader
{
    private uint _flags;
    private uint _cleared;
    private ulong _recursiveSet;
    private ulong _recursiveCleared;
    private bool _copyUp;
    private bool _idMapped;
    private bool _idMapRecursive;
    private List<uint>? _propagation;
    private List<string>? _data;

    public void Take(string option)
    {
        if (MountOptionTable.Flags.TryGetValue(option, out MountOptionTable.Flag flag))
        {
            SetFlag(flag);
        }
        else if (MountOptionTable.Propagation.TryGetValue(option, out uint propagation))
        {
            (_propagation ??= []).Add(propagation);
        }
        else if (MountOptionTable.Recursive.TryGetValue(option, out MountOptionTable.Attribute attribute))
        {
            SetRecursive(attribute);
        }
        else if (!TakeOurs(option))
        {
            (_data ??= []).Add(option);
        }
    }

    public MountOptions Result() =>
        new()
        {
            Flags = _flags,
            ClearedFlags = _cleared,
            Propagation = _propagation ?? [],
            AttributesSet = MountOptionTable.ToAttributes(_flags),
            AttributesCleared = Cleared(),
            RecursiveSet = _recursiveSet,
            RecursiveCleared = _recursiveCleared,
            TmpCopyUp = _copyUp,
            IsIdMapped = _idMapped,
            IsIdMapRecursive = _idMapRecursive,
            Data = _data is null ? "" : string.Join(',', _data),
        };

    private void SetFlag(MountOptionTable.Flag flag)
    {
        _flags = (_flags & ~flag.Clear) | flag.Set;
        _cleared = (_cleared | flag.Clear) & ~flag.Set;
    }

    private void SetRecursive(MountOptionTable.Attribute attribute)
    {
        _recursiveSet = (_recursiveSet & ~attribute.Clear) | attribute.Set;
        _recursiveCleared = (_recursiveCleared | attribute.Clear) & ~(attribute.Set & ~(ulong)MOUNT_ATTR__ATIME);
    }

    private ulong Cleared()
    {
        ulong set = MountOptionTable.ToAttributes(_flags),
            cleared = MountOptionTable.ToAttributes(_cleared) & ~(ulong)MOUNT_ATTR__ATIME;
        bool accessTime = ((_flags | _cleared) & MountOptionTable.AccessTime) != 0;
        return (cleared & ~set) | (accessTime ? (ulong)MOUNT_ATTR__ATIME : 0);
    }

    private bool TakeOurs(string option)
    {
        switch (option)
        {
            case "defaults" or "":
                return true;
            case "tmpcopyup":
                return _copyUp = true;
            case "idmap":
                return _idMapped = true;
            case "ridmap":
                return _idMapped = _idMapRecursive = true;
            default:
                return false;
        }
    }
}

/// <summary>The names of runtime-spec config-linux.md and what they mean to the kernel.</summary>
internal static class MountOptionTable
{
    public const uint AccessTime = MS_NOATIME | MS_RELATIME | MS_STRICTATIME;

    public readonly record struct Flag(uint Set, uint Clear);

    public readonly record struct Attribute(ulong Set, ulong Clear);

    public static readonly FrozenDictionary<string, Flag> Flags = new Dictionary<string, Flag>(StringComparer.Ordinal)
    {
        ["ro"] = Sets(MS_RDONLY),
        ["rw"] = Clears(MS_RDONLY),
        ["nosuid"] = Sets(MS_NOSUID),
        ["suid"] = Clears(MS_NOSUID),
        ["nodev"] = Sets(MS_NODEV),
        ["dev"] = Clears(MS_NODEV),
        ["noexec"] = Sets(MS_NOEXEC),
        ["exec"] = Clears(MS_NOEXEC),
        ["sync"] = Sets(MS_SYNCHRONOUS),
        ["async"] = Clears(MS_SYNCHRONOUS),
        ["dirsync"] = Sets(MS_DIRSYNC),
        ["remount"] = Sets(MS_REMOUNT),
        ["mand"] = Sets(MS_MANDLOCK),
        ["nomand"] = Clears(MS_MANDLOCK),
        ["noatime"] = new(MS_NOATIME, MS_RELATIME | MS_STRICTATIME),
        ["atime"] = Clears(MS_NOATIME),
        ["nodiratime"] = Sets(MS_NODIRATIME),
        ["diratime"] = Clears(MS_NODIRATIME),
        ["relatime"] = new(MS_RELATIME, MS_NOATIME | MS_STRICTATIME),
        ["norelatime"] = Clears(MS_RELATIME),
        ["strictatime"] = new(MS_STRICTATIME, MS_NOATIME | MS_RELATIME),
        ["nostrictatime"] = Clears(MS_STRICTATIME),
        ["bind"] = Sets(MS_BIND),
        ["rbind"] = Sets(MS_BIND | MS_REC),
        ["silent"] = Sets(MS_SILENT),
        ["loud"] = Clears(MS_SILENT),
        ["iversion"] = Sets(MS_I_VERSION),
        ["noiversion"] = Clears(MS_I_VERSION),
        ["lazytime"] = Sets(MS_LAZYTIME),
        ["nolazytime"] = Clears(MS_LAZYTIME),
        ["nosymfollow"] = Sets(MS_NOSYMFOLLOW),
        ["symfollow"] = Clears(MS_NOSYMFOLLOW),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static readonly FrozenDictionary<string, uint> Propagation = new Dictionary<string, uint>(StringComparer.Ordinal)
    {
        ["shared"] = MS_SHARED,
        ["rshared"] = MS_SHARED | MS_REC,
        ["private"] = MS_PRIVATE,
        ["rprivate"] = MS_PRIVATE | MS_REC,
        ["slave"] = MS_SLAVE,
        ["rslave"] = MS_SLAVE | MS_REC,
        ["unbindable"] = MS_UNBINDABLE,
        ["runbindable"] = MS_UNBINDABLE | MS_REC,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    // The access time values are one field of three bits, relatime being 0: the kernel wants the field cleared whole with any of them.
    public static readonly FrozenDictionary<string, Attribute> Recursive = new Dictionary<string, Attribute>(StringComparer.Ordinal)
    {
        ["rro"] = new(MOUNT_ATTR_RDONLY, 0),
        ["rrw"] = new(0, MOUNT_ATTR_RDONLY),
        ["rnosuid"] = new(MOUNT_ATTR_NOSUID, 0),
        ["rsuid"] = new(0, MOUNT_ATTR_NOSUID),
        ["rnodev"] = new(MOUNT_ATTR_NODEV, 0),
        ["rdev"] = new(0, MOUNT_ATTR_NODEV),
        ["rnoexec"] = new(MOUNT_ATTR_NOEXEC, 0),
        ["rexec"] = new(0, MOUNT_ATTR_NOEXEC),
        ["rnodiratime"] = new(MOUNT_ATTR_NODIRATIME, 0),
        ["rdiratime"] = new(0, MOUNT_ATTR_NODIRATIME),
        ["rrelatime"] = new(MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME),
        ["rnorelatime"] = new(MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME),
        ["rnoatime"] = new(MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME),
        ["ratime"] = new(MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME),
        ["rstrictatime"] = new(MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME),
        ["rnostrictatime"] = new(MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME),
        ["rnosymfollow"] = new(MOUNT_ATTR_NOSYMFOLLOW, 0),
        ["rsymfollow"] = new(0, MOUNT_ATTR_NOSYMFOLLOW),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Flags of a mount (not of its file system) in mount_setattr's words.</summary>
    public static ulong ToAttributes(uint flags)
    {
        ulong attributes = 0;
        foreach ((uint flag, ulong attribute) in Pairs)
        {
            attributes |= (flags & flag) != 0 ? attribute : 0;
        }

        return attributes;
    }

    private static readonly (uint Flag, ulong Attribute)[] Pairs =
    [
        (MS_RDONLY, MOUNT_ATTR_RDONLY),
        (MS_NOSUID, MOUNT_ATTR_NOSUID),
        (MS_NODEV, MOUNT_ATTR_NODEV),
        (MS_NOEXEC, MOUNT_ATTR_NOEXEC),
        (MS_NOATIME, MOUNT_ATTR_NOATIME),
        (MS_STRICTATIME, MOUNT_ATTR_STRICTATIME),
        (MS_NODIRATIME, MOUNT_ATTR_NODIRATIME),
        (MS_NOSYMFOLLOW, MOUNT_ATTR_NOSYMFOLLOW),
    ];

    private static Flag Sets(uint flag) => new(flag, 0);

    private static Flag Clears(uint flag) => new(0, flag);
}
