namespace ContainerPS.Engine.Layers.Tar;

/// <summary>What an entry is, whatever letter its format uses for it.</summary>
public enum TarEntryKind
{
    File,
    HardLink,
    Symlink,
    CharacterDevice,
    BlockDevice,
    Directory,
    Fifo,
}

/// <summary>A piece of a sparse file that has data; between pieces are holes.</summary>
public readonly record struct TarExtent(long Offset, long Length);

/// <summary>An extended attribute, both parts as the archive has them.</summary>
public readonly record struct TarAttribute(byte[] Name, byte[] Value);

/// <summary>
/// One entry of a tar archive; the reader fills the same object again and again. Names are bytes: Linux asks no encoding of them.
/// </summary>
public sealed class TarEntry
{
    public TarEntryKind Kind { get; set; }

    /// <summary>As the archive has it: not yet looked at for <c>..</c> and the like.</summary>
    public byte[] Path { get; set; } = [];

    /// <summary>Target of a symbolic or hard link.</summary>
    public byte[] LinkPath { get; set; } = [];

    /// <summary>Permissions with set-id and sticky bits, no type.</summary>
    public uint Mode { get; set; }

    public uint Uid { get; set; }

    public uint Gid { get; set; }

    /// <summary>Of the file as it is to be, holes included.</summary>
    public long Size { get; set; }

    public long MtimeSeconds { get; set; }

    /// <summary>0 to 999,999,999, also before 1970.</summary>
    public uint MtimeNanoseconds { get; set; }

    public uint DeviceMajor { get; set; }

    public uint DeviceMinor { get; set; }

    public List<TarAttribute> Attributes { get; } = [];

    /// <summary>Null for a file without holes.</summary>
    public List<TarExtent>? Extents { get; set; }

    internal void Reset()
    {
        Path = LinkPath = [];
        Mode = Uid = Gid = MtimeNanoseconds = DeviceMajor = DeviceMinor = 0;
        Size = MtimeSeconds = 0;
        Attributes.Clear();
        Extents = null;
    }
}

/// <summary>The archive is damaged, cut short or hostile. The message says where.</summary>
public sealed class TarFormatException(string message) : Exception(message);
