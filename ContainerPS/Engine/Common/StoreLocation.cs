using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Common;

/// <summary>Where one engine keeps its things: the durable root and the volatile run root. No other state names a store.</summary>
/// <param name="Root">Durable: image store, layers, containers, locks. Absolute.</param>
/// <param name="RunRoot">Volatile, never fsynced, empty after a reboot. Absolute.</param>
public sealed record StoreLocation(string Root, string RunRoot)
{
    /// <summary>
    /// From <c>CONTAINERPS_ROOT</c> and <c>CONTAINERPS_RUNROOT</c>, else the places of the system or, for an ordinary user, of XDG.
    /// </summary>
    public static StoreLocation Default { get; } = FromEnvironment();

    /// <summary>The OCI image layout: <c>oci-layout</c>, <c>index.json</c>, <c>blobs/sha256</c>.</summary>
    public string OciLayout => Path.Combine(Root, "oci");

    /// <summary>Unpacked layers by chainId, short links in <c>l</c>, the init layer.</summary>
    public string Layers => Path.Combine(Root, "layers");

    /// <summary>One directory per container.</summary>
    public string Containers => Path.Combine(Root, "containers");

    /// <summary>The directories of removed containers, until they are deleted.</summary>
    public string Trash => Path.Combine(Root, "trash");

    /// <summary>The same for what lay in the run root.</summary>
    public string RunTrash => Path.Combine(RunRoot, "trash");

    /// <summary>flock files of the store and its images, never renamed.</summary>
    public string Locks => Path.Combine(Root, "locks");

    /// <summary>One file per operation in flight, locked while it lives; see <see cref="StoreLease"/>.</summary>
    public string Leases => Path.Combine(Root, "leases");

    /// <summary>The truth of tags.</summary>
    public string RefsFile => Path.Combine(Root, "refs.json");

    /// <summary>
    /// Makes the root where it is missing, for its owner only: images hold secrets, and unpacked layers hold set-user-id programs that a
    /// user of the host could run. A root that others may enter, as earlier versions made it, is shut.
    /// </summary>
    public void EnsureRoot()
    {
        if (!Files.TryStatusAt(FileDescriptor.CurrentDirectory, Root, out FileStatus status, followSymlink: true))
        {
            Files.MakeDirectories(Path.GetDirectoryName(Root) ?? "/");
            Files.MakeDirectories(Root, Modes.Mode0700);
            return;
        }

        // A caller that does not own the root cannot change it, and need not be able to: it may only read.
        if (status.IsDirectory && (status.Mode & Modes.OthersBits) != 0 && (status.Uid == HostFacts.Uid || HostFacts.IsRoot))
        {
            using FileDescriptor root = Files.OpenDirectory(Root);
            Files.ChangeMode(root, Modes.Mode0700);
        }
    }

    private static StoreLocation FromEnvironment()
    {
        bool user = !Environment.IsPrivilegedProcess;
        return new StoreLocation(
            Path.GetFullPath(Variable("CONTAINERPS_ROOT") ?? (user ? DataHome() : "/var/lib/containerps")),
            Path.GetFullPath(Variable("CONTAINERPS_RUNROOT") ?? (user ? RuntimeHome() : "/run/containerps"))
        );
    }

    private static string DataHome() =>
        Path.Combine(Variable("XDG_DATA_HOME") ?? Path.Combine(Variable("HOME") ?? "/", ".local/share"), "containerps");

    private static string RuntimeHome() =>
        Path.Combine(Variable("XDG_RUNTIME_DIR") ?? Path.Combine(Path.GetTempPath(), "containerps-" + Environment.UserName), "containerps");

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
