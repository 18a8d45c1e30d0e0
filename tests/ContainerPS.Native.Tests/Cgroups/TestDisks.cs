using System.Globalization;
using ContainerPS.Native.Linux;

namespace ContainerPS.Native.Tests.Cgroups;

/// <summary>A file with blocks of its own on a real disk, and which disk that is.</summary>
internal sealed class DiskFile : IDisposable
{
    public DiskFile(long size)
    {
        Path = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"containerps-test-{Guid.NewGuid():N}");
        using (FileStream stream = new(Path, FileMode.CreateNew))
        {
            stream.Write(new byte[size]);
            stream.Flush(flushToDisk: true);
        }

        MountEntry mount = MountTable.Read().Last(mount => Path.StartsWith(mount.MountPoint.TrimEnd('/') + "/", StringComparison.Ordinal));
        Device = $"{mount.Major}:{mount.Minor}";
        string disk = $"/sys/dev/block/{Device}";
        Skip.IfNot(Directory.Exists(disk), $"{Path} is on no block device");
        if (File.Exists(disk + "/partition"))
        {
            Device = File.ReadAllText(new DirectoryInfo(disk).ResolveLinkTarget(true)!.FullName + "/../dev").Trim();
        }
    }

    public string Path { get; }

    /// <summary>"254:0"</summary>
    public string Device { get; }

    public long Major => long.Parse(Device.Split(':')[0], CultureInfo.InvariantCulture);

    public long Minor => long.Parse(Device.Split(':')[1], CultureInfo.InvariantCulture);

    public void Dispose() => File.Delete(Path);
}

/// <summary>The disk that tests may overwrite, set up so that weights act on it; at the end as it was.</summary>
internal sealed class SlowDisk : IDisposable
{
    private readonly Action _restore;

    private SlowDisk(string path, string device, Action restore)
    {
        (Path, Device, _restore) = (path, device, restore);
    }

    public string Path { get; }

    public string Device { get; }

    public static SlowDisk WithScheduler(string scheduler)
    {
        (string path, string queue, string device) = Find();
        string file = queue + "/scheduler",
            before = File.ReadAllText(file).Split('[', ']')[1];
        File.WriteAllText(file, scheduler);
        if (scheduler == "bfq")
        {
            // No favours for the young, and one request at a time (Documentation/block/bfq-iosched.rst).
            File.WriteAllText($"{queue}/iosched/low_latency", "0");
            File.WriteAllText($"{queue}/iosched/strict_guarantees", "1");
        }

        return new(path, device, () => File.WriteAllText(file, before));
    }

    /// <summary>
    /// Documentation/admin-guide/cgroup-v2.rst, "io.cost.qos": a model of a disk of 8 MB a second, and no adaption of its rate.
    /// </summary>
    public static SlowDisk WithCostModel(string root)
    {
        (string path, _, string device) = Find();
        Skip.IfNot(File.Exists($"{root}/io.cost.model"), "this kernel has no cost models (CONFIG_BLK_CGROUP_IOCOST)");
        File.WriteAllText(
            $"{root}/io.cost.model",
            $"{device} ctrl=user model=linear rbps=8000000 rseqiops=200 rrandiops=200 wbps=8000000 wseqiops=200 wrandiops=200"
        );
        File.WriteAllText($"{root}/io.cost.qos", $"{device} enable=1 ctrl=user rpct=0 wpct=0 min=50 max=50");
        return new(path, device, () => File.WriteAllText($"{root}/io.cost.qos", $"{device} enable=0"));
    }

    public void Dispose() => _restore();

    private static (string Path, string Queue, string Device) Find()
    {
        string? path = Environment.GetEnvironmentVariable("CONTAINERPS_TEST_DISK");
        Skip.If(string.IsNullOrEmpty(path), "no disk to overwrite (CONTAINERPS_TEST_DISK)");
        string block = $"/sys/class/block/{System.IO.Path.GetFileName(path)}";
        return (path!, block + "/queue", File.ReadAllText(block + "/dev").Trim());
    }
}
