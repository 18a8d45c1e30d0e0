using ContainerPS.Native.Cgroups;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Tests.Containers;

/// <summary>What the containers of a store hold on the host at one moment: counted before and after, and it must be the same.</summary>
/// <param name="Processes">In a cgroup below the store's own.</param>
/// <param name="Mounts">In this process's namespace.</param>
/// <param name="Cgroups">Of containers, in all hierarchies.</param>
/// <param name="Fifos">In the run root.</param>
/// <param name="Files">With directories and links, of containers in both roots.</param>
internal sealed record HostPicture(int Processes, int Mounts, int Cgroups, int Fifos, int Files)
{
    public static HostPicture Take(ContainerEngineOptions options)
    {
        string[] directories =
        [
            options.Root + "/containers",
            options.Root + "/trash",
            options.Root + "/names",
            options.RunRoot + "/containers",
        ];
        List<string> files = [.. directories.SelectMany(Entries)];
        return new HostPicture(
            ProcessesIn(options.CgroupParent!),
            MountTable.Read().Count,
            CgroupsOf(options.CgroupParent!),
            files.Count(IsFifo),
            files.Count
        );
    }

    private static int ProcessesIn(string cgroup) =>
        Directory
            .EnumerateDirectories("/proc")
            .Count(process => Contains(process + "/cgroup", cgroup + "/") || Contains(process + "/cgroup", cgroup + "\n"));

    private static bool Contains(string file, string text)
    {
        try
        {
            return File.Exists(file) && File.ReadAllText(file).Contains(text, StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false; // ended meanwhile
        }
    }

    // Cgroups of containers have ids for names; v2 has a leaf for the monitors beside them, which stays.
    private static int CgroupsOf(string parent) =>
        CgroupHost
            .Detect()
            .Hierarchies.Select(hierarchy => hierarchy.PathOf(parent))
            .Where(Directory.Exists)
            .Sum(directory => Directory.GetDirectories(directory).Count(name => Path.GetFileName(name).Length == 64));

    private static string[] Entries(string directory) =>
        Directory.Exists(directory)
            ? Directory.GetFileSystemEntries(directory, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
            : [];

    private static bool IsFifo(string path) =>
        Native.Linux.Files.TryStatusAt(FileDescriptor.CurrentDirectory, path, out FileStatus status) && status.IsFifo;
}
