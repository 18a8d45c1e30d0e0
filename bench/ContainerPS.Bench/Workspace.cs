using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using ContainerPS.Engine;

namespace ContainerPS.Bench;

/// <summary>
/// Everything the rows need: a store of our own, a busybox root and image, an OCI bundle, the floor's directories. Removed at the end.
/// </summary>
public sealed class Workspace : IDisposable
{
    private readonly List<string> _cgroups = [];

    public Workspace(string directory)
    {
        Root = Directory.CreateDirectory(directory).FullName;
        RunRoot = Directory.CreateDirectory(Path.Combine("/dev/shm", Path.GetFileName(Root))).FullName;
        RootFs = MakeRootFs(Path.Combine(Root, "rootfs"));
        Engine = ContainerEngine.Open(
            new ContainerEngineOptions
            {
                Root = Path.Combine(Root, "store"),
                RunRoot = Path.Combine(RunRoot, "run"),
                CgroupParent = CgroupParent,
            }
        );
        Engine.Images.FromRootFs(RootFs, ImageReference.Parse(ImageName));
        Bundle = MakeBundle();
    }

    public const string ImageName = "busybox";

    public string CgroupParent { get; } = $"/containerps-bench-{Environment.ProcessId}";

    public string Root { get; }

    /// <summary>On tmpfs, as /run is on hosts; ours and the floor's.</summary>
    public string RunRoot { get; }

    public string RootFs { get; }

    public string Bundle { get; }

    /// <summary>
    /// A bundle of the engine's own container: its namespaces, mounts, devices, capabilities, limits and seccomp profile. No overlay: peers
    /// have none here.
    /// </summary>
    public string SameBundle => Path.Combine(Root, "same-bundle");

    public ContainerEngine Engine { get; }

    public IReadOnlyDictionary<string, string> Environment_ =>
        new Dictionary<string, string>
        {
            ["CONTAINERPS_ROOT"] = Path.Combine(Root, "store"),
            ["CONTAINERPS_RUNROOT"] = Path.Combine(RunRoot, "run"),
            ["CONTAINERPS_CGROUP_PARENT"] = CgroupParent,
        };

    /// <summary>The checkout: benchmarks run from it, because they measure the module as the build laid it out.</summary>
    public static string Repository { get; } = FindRepository();

    public static string Executable => Path.Combine(Repository, "out", "ContainerPS", "containerps");

    /// <summary>The floor uses the hierarchies that a container of ours is in, the same image, and the very seccomp program.</summary>
    public IEnumerable<string> FloorSettings(int containerPid)
    {
        yield return $"root={Path.Combine(Root, "floor")}";
        yield return $"run={Path.Combine(RunRoot, "floor-run")}";
        yield return $"lower={string.Join(':', Engine.Images.Prepare(Engine.Images.Get(ImageName)).LowerDirs)}";
        foreach (string setting in SeccompSettings())
        {
            yield return setting;
        }

        foreach (string directory in CgroupDirectories(containerPid))
        {
            string floor = Path.Combine(Path.GetDirectoryName(directory)!, "floor");
            Directory.CreateDirectory(floor);
            _cgroups.Add(floor);
            yield return $"cgroup={floor}";
        }

        foreach (string name in MountedHierarchies(containerPid))
        {
            yield return $"hierarchy={name}";
        }

        if (File.Exists("/sys/fs/cgroup/cgroup.controllers"))
        {
            yield return "v2=1";
        }
    }

    /// <summary>
    /// The OCI document that the engine started a container with, for the peers: without the files that are bound from the container's own
    /// directory.
    /// </summary>
    public void WriteSameBundle(string containerId)
    {
        JsonObject config = JsonNode
            .Parse(File.ReadAllText(Path.Combine(Root, "store", "containers", containerId, "config.json")))!
            .AsObject();
        config["process"]!["args"] = new JsonArray("/bin/true");
        config["root"] = new JsonObject { ["path"] = RootFs };
        config["linux"]!["cgroupsPath"] = $"{CgroupParent}/same";
        foreach (
            JsonNode mount in config["mounts"]!
                .AsArray()
                .Where(mount => mount!["source"]?.GetValue<string>().StartsWith(Root, StringComparison.Ordinal) == true)
                .ToList()!
        )
        {
            config["mounts"]!.AsArray().Remove(mount);
        }

        Directory.CreateDirectory(SameBundle);
        File.WriteAllText(Path.Combine(SameBundle, "config.json"), config.ToJsonString());
    }

    /// <summary>The compiled profile as the engine keeps it: flags, count, digest (40 bytes), then the instructions.</summary>
    private string[] SeccompSettings()
    {
        string? kept = Directory.EnumerateFiles(Root, "*.bpf", SearchOption.AllDirectories).FirstOrDefault();
        if (kept is null)
        {
            return [];
        }

        byte[] bytes = File.ReadAllBytes(kept);
        string program = Path.Combine(Root, "floor.seccomp");
        File.WriteAllBytes(program, bytes[40..]);
        return [$"seccomp={program}", $"seccomp_flags={BitConverter.ToUInt32(bytes)}"];
    }

    public void Dispose()
    {
        Engine.Containers.WaitForDeletions(TimeSpan.FromSeconds(30));
        foreach (string cgroup in _cgroups)
        {
            Directory.Delete(cgroup);
        }

        foreach (
            string parent in _cgroups
                .Select(Path.GetDirectoryName)
                .OfType<string>()
                .Distinct()
                .Where(parent => Directory.GetDirectories(parent).Length == 0)
        )
        {
            Directory.Delete(parent);
        }

        Directory.Delete(RunRoot, recursive: true);
        Directory.Delete(Root, recursive: true);
    }

    /// <summary>The v1 hierarchies that the container sees below its /sys/fs/cgroup.</summary>
    private static IEnumerable<string> MountedHierarchies(int pid) =>
        File.ReadAllLines($"/proc/{pid}/mounts")
            .Select(line => line.Split(' '))
            .Where(parts => parts[2] == "cgroup")
            .Select(parts => Path.GetFileName(parts[1]));

    /// <summary>Where the container's cgroups lie in the host's view, one a hierarchy that has a cgroup of its own for it.</summary>
    private IEnumerable<string> CgroupDirectories(int pid) =>
        File.ReadAllLines($"/proc/{pid}/cgroup")
            .Select(line => line.Split(':', 3))
            .Where(parts => parts[2].StartsWith(CgroupParent, StringComparison.Ordinal))
            .Select(parts =>
                (parts[1].Length == 0 ? Hierarchy("unified") : Hierarchy(parts[1].Replace("name=", "", StringComparison.Ordinal)))
                + parts[2]
            );

    private static string FindRepository()
    {
        for (DirectoryInfo? directory = new(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "ContainerPS.sln")))
            {
                return directory.FullName;
            }
        }

        throw new InvalidOperationException($"ContainerPS.sln was not found above {AppContext.BaseDirectory}.");
    }

    private static string Hierarchy(string name) =>
        Directory.Exists($"/sys/fs/cgroup/{name}") ? $"/sys/fs/cgroup/{name}" : "/sys/fs/cgroup";

    private static string MakeRootFs(string directory)
    {
        string busybox = Peers.Find("busybox") ?? throw new InvalidOperationException("busybox is missing: apt-get install busybox-static");
        foreach (string name in (string[])["bin", "etc", "tmp", "proc", "sys", "dev", "root"])
        {
            Directory.CreateDirectory(Path.Combine(directory, name));
        }

        File.Copy(busybox, Path.Combine(directory, "bin/busybox"), overwrite: true);
        foreach (string name in (string[])["sh", "true", "false", "cat", "echo", "sleep"])
        {
            if (!File.Exists(Path.Combine(directory, "bin", name)))
            {
                File.CreateSymbolicLink(Path.Combine(directory, "bin", name), "busybox");
            }
        }

        File.WriteAllText(Path.Combine(directory, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n");
        File.WriteAllText(Path.Combine(directory, "etc/group"), "root:x:0:\n");
        return directory;
    }

    /// <summary>The bundle of `containerps spec`, with `true` for its command, no terminal, and a cgroup of its own.</summary>
    private string MakeBundle()
    {
        string bundle = Path.Combine(Root, "bundle"),
            file = Path.Combine(bundle, "config.json");
        Directory.CreateDirectory(bundle);
        using (Process spec = Process.Start(new ProcessStartInfo(Executable, ["spec", "--bundle", bundle]) { WorkingDirectory = bundle })!)
        {
            spec.WaitForExit();
        }

        JsonObject config = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        config["process"]!["terminal"] = false;
        config["process"]!["args"] = new JsonArray("/bin/true");
        config["root"] = new JsonObject { ["path"] = RootFs, ["readonly"] = true };
        config["linux"]!["cgroupsPath"] = $"{CgroupParent}/bundle";
        File.WriteAllText(file, config.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
        return bundle;
    }
}
