using ContainerPS.Native.Cgroups;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Tests.Containers;

/// <summary>Tests that start containers, one after another: what is compared before and after is the whole process, and the host.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class KernelTests
{
    public const string Name = "containers on the kernel";
}

/// <summary>
/// A store of its own, with run root and cgroup parent of its own. Disposing it removes what is left and demands that the host is as it
/// was: mounts, cgroups, processes, descriptors, files.
/// </summary>
public sealed class TestStore : IDisposable
{
    /// <summary>
    /// .NET opens a few for itself when it first needs them (pipes for signals, an epoll). One for each container shows where many are
    /// started.
    /// </summary>
    public const int OpenedLate = 4;

    private readonly int _descriptors;
    private readonly List<ContainerEngine> _engines = [];
    private readonly string _directory = Directory.CreateTempSubdirectory("containerps-test-").FullName;

    public TestStore()
    {
        Options = new ContainerEngineOptions
        {
            Root = _directory + "/root",
            RunRoot = _directory + "/run",
            CgroupParent = "/containerps-test-" + Path.GetRandomFileName().Replace(".", "", StringComparison.Ordinal),
        };
        Engine = Another();
        if (HostFacts.IsRoot)
        {
            WarmUp();
        }

        _descriptors = Descriptors().Count;
    }

    public ContainerEngineOptions Options { get; }

    public ContainerEngine Engine { get; }

    /// <summary>Another engine on the same store, as another process would have.</summary>
    public ContainerEngine Another(ContainerEngineOptions? options = null)
    {
        var engine = ContainerEngine.Open(options ?? Options);
        _engines.Add(engine);
        return engine;
    }

    /// <summary>
    /// What this process opens once and for all (the shim's copy, .NET's own pipes for child processes) is none of a container's.
    /// </summary>
    private void WarmUp()
    {
        try
        {
            using (
                var child = System.Diagnostics.Process.Start(
                    new System.Diagnostics.ProcessStartInfo("/bin/true") { RedirectStandardInput = true, RedirectStandardOutput = true }
                )
            )
            {
                child!.WaitForExit();
            }

            using ContainerRun run = Engine.Containers.Run(Shell("true"));
            run.Wait();
            Assert.True(Engine.Containers.WaitForDeletions(Eventually.Bound));
        }
        catch
        {
            RemoveCgroups();
            throw;
        }
    }

    public static void NeedsRoot() => Skip.IfNot(HostFacts.IsRoot, "Containers are started as root.");

    /// <summary>A shell command on the host's own root, copy-on-write.</summary>
    public static ContainerDefinition Shell(string script) => new() { RootFs = "/", Command = ["/bin/sh", "-c", script] };

    /// <summary>A container that runs until it is stopped, and ends at once when it is. It says "ready" when it can be.</summary>
    public static ContainerDefinition Idle(string? name = null) =>
        Shell("trap 'exit 0' TERM; echo ready; while :; do sleep 0.05; done") with
        {
            Name = name,
        };

    public Container Started(ContainerDefinition definition)
    {
        Container container = Engine.Containers.Create(definition);
        Engine.Containers.Start(container);
        return container;
    }

    /// <summary>
    /// Started, and past its first line of output: a first process is sent no signal that it has no handler for yet (man 7 pid_namespaces).
    /// </summary>
    public Container Ready(ContainerDefinition definition)
    {
        Container container = Started(definition);
        Eventually.True(() => Engine.Containers.ReadLog(container, new LogQuery { Tail = 1 }).Any(), $"the first output of {container}");
        return container;
    }

    public void Dispose()
    {
        if (HostFacts.IsRoot)
        {
            foreach (Container container in Engine.Containers.List())
            {
                Engine.Containers.Remove(container, force: true);
            }

            Eventually.Sees(Monitors, monitors => monitors.Count == 0, "the end of all monitors", monitors => string.Join(", ", monitors));
            Assert.All(_engines, engine => Assert.True(engine.Containers.WaitForDeletions(Eventually.Bound)));
            GC.Collect();
            GC.WaitForPendingFinalizers();
            Eventually.Sees(
                Descriptors,
                open => open.Count <= _descriptors + OpenedLate,
                $"{_descriptors} open descriptors as before",
                open => string.Join(", ", open)
            );
            // Others on this host mount what they like meanwhile: what is ours names our directory, as place or as layer of an overlay.
            Assert.DoesNotContain(_directory, File.ReadAllText("/proc/self/mountinfo"), StringComparison.Ordinal);
            Assert.All(_engines, engine => Assert.Empty(engine.Containers.Warnings(Idle())));
            // The last command of a container may be that of its monitor, which no handle tells the end of.
            Eventually.Sees(LeftOver, left => left is null, "an empty store");
            RemoveCgroups();
        }

        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>Pids of monitors that work on this store.</summary>
    public IReadOnlyList<int> Monitors() =>
        [
            .. Directory
                .EnumerateDirectories("/proc")
                .Select(Path.GetFileName)
                .Where(name => int.TryParse(name, out _))
                .Select(int.Parse!)
                .Where(IsMonitor),
        ];

    // Its log directory and state are named by paths of this store: nothing else keeps them open.
    private bool IsMonitor(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/comm").StartsWith("containerps-mon", StringComparison.Ordinal)
                && new DirectoryInfo($"/proc/{pid}/fd")
                    .EnumerateFiles()
                    .Any(fd => fd.LinkTarget?.StartsWith(_directory, StringComparison.Ordinal) == true);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>A parent of its own that a test gave a container.</summary>
    public static void RemoveCgroup(string path)
    {
        foreach (CgroupHierarchy hierarchy in CgroupHost.Detect().Hierarchies)
        {
            RemoveWhenEmpty(hierarchy.PathOf(path));
        }
    }

    private void RemoveCgroups()
    {
        foreach (CgroupHierarchy hierarchy in CgroupHost.Detect().Hierarchies)
        {
            string directory = hierarchy.PathOf(Options.CgroupParent!);
            if (!Directory.Exists(directory))
            {
                continue;
            }
            // v2: the leaf of the monitors stays, as the parent does, for the next start.
            RemoveWhenEmpty(directory + "/monitors");
            Assert.Empty(Directory.GetDirectories(directory));
            RemoveWhenEmpty(directory);
        }
    }

    /// <summary>A monitor and the command that it runs at the end are in it until they have left it for good.</summary>
    private static void RemoveWhenEmpty(string cgroup)
    {
        if (!Directory.Exists(cgroup))
        {
            return;
        }

        Eventually.Sees(
            () => File.ReadAllText(cgroup + "/cgroup.procs"),
            pids => pids.Length == 0,
            $"the end of the last process in {cgroup}"
        );
        Files.TryUnlinkAt(FileDescriptor.CurrentDirectory, cgroup, isDirectory: true);
    }

    private IEnumerable<string> RunDirectories =>
        ((string[])["containers", "trash", "names", "locks"]).Select(name => $"{Options.RunRoot}/{name}");

    private string? LeftOver() =>
        ((string[])[Options.Root + "/containers", Options.Root + "/trash", Options.Root + "/names", .. RunDirectories])
            .Where(Directory.Exists)
            .SelectMany(Directory.GetFileSystemEntries)
            .FirstOrDefault();

    // What the engine opens: files of this store and of cgroups, and what has no path. Files that .NET opens when its code is first used
    // are its own.
    private IReadOnlyList<string> Descriptors() =>
        [.. new DirectoryInfo("/proc/self/fd").EnumerateFileSystemInfos().Select(fd => fd.LinkTarget ?? fd.Name).Where(IsTheEngines)];

    private bool IsTheEngines(string target) =>
        ((string[])[_directory, "/sys/fs/cgroup", "/memfd:", "anon_inode:[pidfd]", "pipe:", "socket:"]).Any(start =>
            target.StartsWith(start, StringComparison.Ordinal)
        );
}
