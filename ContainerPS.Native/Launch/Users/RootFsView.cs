using ContainerPS.Native.Linux;

namespace ContainerPS.Native.Launch.Users;

/// <summary>
/// Reads files of a root file system before it is mounted (or from outside a running container). Nothing it reads can lead out of the root:
/// the kernel resolves beneath a descriptor, or each step is taken by itself.
/// </summary>
internal abstract class RootFsView : IDisposable
{
    /// <summary>Null when there is no such regular file.</summary>
    public abstract string? TryReadText(string path);

    public abstract void Dispose();

    public static RootFsView Open(RootFsSource source) =>
        source switch
        {
            RootFsSource.Directory directory => new DirectoryView(Root.Open(directory.Path)),
            RootFsSource.Overlay overlay => new LayeredView([overlay.UpperDir, .. overlay.LowerDirs]),
            _ => throw new ArgumentException("The root file system is of an unknown kind.", nameof(source)),
        };

    /// <summary>The root of a process, as procfs shows it.</summary>
    public static RootFsView OfProcess(int pid) => new DirectoryView(Root.Open($"/proc/{pid}/root"));

    private sealed class DirectoryView(Root root) : RootFsView
    {
        public override string? TryReadText(string path) => root.TryReadText(path);

        public override void Dispose() => root.Dispose();
    }
}
