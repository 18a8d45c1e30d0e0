namespace ContainerPS.Engine.Containers;

/// <summary>What changes when a file does: enough to know that it need not be read again.</summary>
internal readonly record struct FileStamp(bool Exists, long Length, long ModifiedTicks)
{
    public static FileStamp Of(string path)
    {
        var info = new FileInfo(path);
        return info.Exists ? new FileStamp(true, info.Length, info.LastWriteTimeUtc.Ticks) : default;
    }
}
