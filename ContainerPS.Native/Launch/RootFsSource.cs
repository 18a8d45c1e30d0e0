namespace ContainerPS.Native.Launch;

/// <summary>
/// Where the container's root comes from. It is mounted in the container's own mount namespace, so a crash leaves no mount.
/// </summary>
public abstract record RootFsSource
{
    private RootFsSource() { }

    /// <summary>
    /// An overlay. LowerDirs are absolute, top first. Volatile leaves out the flush at unmount and is for containers that are thrown away
    /// (a volatile upper refuses a second mount until its mark is removed). UserXattr stores overlay's marks in user.* (rootless).
    /// </summary>
    public sealed record Overlay(IReadOnlyList<string> LowerDirs, string UpperDir, string WorkDir, bool Volatile, bool UserXattr)
        : RootFsSource
    {
        /// <summary>
        /// The lower directories by short names; needed before Linux 6.5 only. Null: names are made of <see cref="LowerDirs"/>.
        /// </summary>
        public ShortNames? Short { get; init; }
    }

    /// <summary>Names for mount(2), whose options have one page.</summary>
    /// <param name="Directory">Absolute: what they are relative to.</param>
    /// <param name="LowerDirs">Top first; an absolute one stays what it is.</param>
    public sealed record ShortNames(string Directory, IReadOnlyList<string> LowerDirs);

    /// <summary>A directory used as it is, bound onto itself.</summary>
    public sealed record Directory(string Path, bool ReadOnly) : RootFsSource;
}
