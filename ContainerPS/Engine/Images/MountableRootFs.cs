using ContainerPS.Engine.Common;

namespace ContainerPS.Engine.Images;

/// <summary>
/// The unpacked layers of one image, ready to be an overlay's lower directories. Until it is disposed nothing of it can be removed: keep it
/// until the container that uses it is recorded (from then on the callback of <see cref="ImageStore.Remove"/> protects it).
/// </summary>
public sealed class MountableRootFs : IDisposable
{
    private readonly IDisposable? _protection;

    internal MountableRootFs(
        string layersDirectory,
        IReadOnlyList<string> lowerDirs,
        IReadOnlyList<string> shortLowerDirs,
        IDisposable? protection
    )
    {
        LayersDirectory = layersDirectory;
        LowerDirs = lowerDirs;
        ShortLowerDirs = shortLowerDirs;
        _protection = protection;
    }

    /// <summary>What <see cref="ShortLowerDirs"/> are relative to.</summary>
    public string LayersDirectory { get; }

    /// <summary>Absolute paths, top first; the first is the init layer (empty mount points).</summary>
    public IReadOnlyList<string> LowerDirs { get; }

    /// <summary>The same as short links (<c>l/ABCDE…</c>), for old mount(2), whose options have one page.</summary>
    public IReadOnlyList<string> ShortLowerDirs { get; }

    /// <summary>Ends the protection against removal. Idempotent.</summary>
    public void Dispose() => _protection?.Dispose();
}
