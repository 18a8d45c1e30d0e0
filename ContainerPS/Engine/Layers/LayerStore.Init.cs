using ContainerPS.Engine.Common;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Layers;

public sealed partial class LayerStore
{
    /// <summary>Name of the init layer's short link; no chain id's, which are lower-case hexadecimal.</summary>
    public const string InitLink = LinkDirectory + "/init";

    private static readonly string[] EmptyFiles = ["etc/hosts", "etc/hostname", "etc/resolv.conf"];
    private static readonly string[] EmptyDirectories = ["dev", "proc", "sys", "etc"];

    /// <summary>The init layer's directory, there or not.</summary>
    public static string InitDirectoryOf(StoreLocation store) => Path.Combine(store.Layers, InitLayer, "fs");

    /// <summary>
    /// The init layer: the mount points that every container needs, empty. One for all, the topmost lower directory, so that making them
    /// costs no copy and leaves no mark in a container's own changes. Made when it is missing; returns its directory.
    /// </summary>
    public string EnsureInitLayer()
    {
        string directory = InitDirectoryOf(Store);
        string link = Path.Combine(Store.Layers, InitLink);
        if (Directory.Exists(directory) && Files.Exists(link))
        {
            return directory;
        }
        // Not swept away by somebody else while it is made: the sweep holds this lock.
        using var held = ObjectLock.AcquireStore(Store, "making the init layer");
        Directory.CreateDirectory(Path.Combine(Store.Layers, LinkDirectory));
        if (!Directory.Exists(directory))
        {
            string temporary = Path.Combine(Store.Layers, AtomicFile.TemporaryPrefix + InitLayer + "-" + Path.GetRandomFileName());
            MakeInitLayer(temporary);
            Files.Rename(temporary, Path.Combine(Store.Layers, InitLayer));
        }

        Files.TrySymlinkAt($"../{InitLayer}/fs", FileDescriptor.CurrentDirectory, link);
        return directory;
    }

    private static void MakeInitLayer(string path)
    {
        Files.MakeDirectory(path, Modes.Mode0755);
        string root = Path.Combine(path, "fs");
        Files.MakeDirectory(root, Modes.Mode0755);
        foreach (string name in EmptyDirectories)
        {
            MakeOwn(Path.Combine(root, name), Modes.Mode0755);
        }

        foreach (string name in EmptyFiles)
        {
            using FileDescriptor file = Files.Open(Path.Combine(root, name), Posix.O_WRONLY | Posix.O_CREAT | Posix.O_EXCL, Modes.Mode0644);
            Files.ChangeMode(file, Modes.Mode0644);
        }

        using FileDescriptor synced = Files.OpenDirectory(root);
        Files.ChangeMode(synced, Modes.Mode0755);
        synced.SyncFileSystem();
    }

    private static void MakeOwn(string path, uint mode)
    {
        Files.MakeDirectory(path, mode);
        using FileDescriptor directory = Files.OpenDirectory(path);
        Files.ChangeMode(directory, mode);
    }
}
