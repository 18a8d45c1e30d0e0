using System.Globalization;
using ContainerPS.Native.Cgroups;
using ContainerPS.Native.Interop;
using ContainerPS.Native.Linux;

namespace ContainerPS.Native.Tests.Cgroups;

/// <summary>
/// A block device to write to: a loop device over a file, which goes with its last descriptor; where the kernel has none, the empty disk
/// that CONTAINERPS_TEST_DISK names (the virtual machine has one).
/// </summary>
internal sealed unsafe class BlockDevice : IDisposable
{
    private readonly FileDescriptor? _loop;
    private readonly string? _file;

    private BlockDevice(string path, FileDescriptor? loop, string? file)
    {
        Path = path;
        _loop = loop;
        _file = file;
        FileStatus status = Files.Status(path);
        (Major, Minor) = (status.DeviceMajor, status.DeviceMinor);
    }

    public string Path { get; }

    public long Major { get; }

    public long Minor { get; }

    /// <summary>"7:0", as control files name it.</summary>
    public string Name => string.Create(CultureInfo.InvariantCulture, $"{Major}:{Minor}");

    public static BlockDevice Open(long megabytes)
    {
        Skip.IfNot(HostFacts.IsRoot, "block devices take root");
        if (File.Exists("/dev/loop-control"))
        {
            return OpenLoop(megabytes);
        }

        string? disk = Environment.GetEnvironmentVariable("CONTAINERPS_TEST_DISK");
        Skip.If(disk is null, "no loop devices here, and CONTAINERPS_TEST_DISK names no empty disk");
        return new(disk!, null, null);
    }

    /// <summary>Makes weights act on it: by the bfq scheduler, or on v2 by the cost model. Skips where the kernel has neither.</summary>
    public void ObeyWeights(CgroupHost host)
    {
        string queue = $"/sys/block/{System.IO.Path.GetFileName(Path)}/queue";
        string? costs = host.Version == CgroupVersion.V2 ? host.Unified!.PathOf("/") + "/io.cost.qos" : null;
        if (File.ReadAllText($"{queue}/scheduler").Contains("bfq", StringComparison.Ordinal))
        {
            // One request at a time and no favours for the young: a loop device over memory is too fast to be shared out otherwise
            // (Documentation/block/bfq-iosched.rst, strict_guarantees).
            File.WriteAllText($"{queue}/scheduler", "bfq");
            File.WriteAllText($"{queue}/iosched/strict_guarantees", "1");
            File.WriteAllText($"{queue}/iosched/low_latency", "0");
        }
        else
        {
            Skip.IfNot(File.Exists(costs), "this kernel has neither the bfq scheduler nor a cost model");
            File.WriteAllText(costs!, $"{Name} enable=1 ctrl=user rpct=50 rlat=10000 wpct=50 wlat=10000 min=100.00 max=100.00");
            File.WriteAllText(
                costs!.Replace("qos", "model", StringComparison.Ordinal),
                $"{Name} ctrl=user model=linear rbps=8000000 rseqiops=120 rrandiops=120 wbps=8000000 wseqiops=120 wrandiops=120"
            );
        }
    }

    public void Dispose()
    {
        _loop?.Dispose();
        if (_file is not null)
        {
            File.Delete(_file);
        }
    }

    private static BlockDevice OpenLoop(long megabytes)
    {
        string file = System.IO.Path.GetTempFileName();
        using FileDescriptor backing = Files.Open(file, Libc.O_RDWR);
        backing.Truncate(megabytes << 20);
        using FileDescriptor control = Files.Open("/dev/loop-control", Libc.O_RDWR);
        int number = LinuxException.Check(Libc.ioctl(control, Libc.LOOP_CTL_GET_FREE, 0), $"ioctl(LOOP_CTL_GET_FREE)");
        string path = $"/dev/loop{number}";
        FileDescriptor loop = Files.Open(path, Libc.O_RDWR);
        loop_config config = new() { fd = (uint)backing.Number };
        config.info.lo_flags = Libc.LO_FLAGS_AUTOCLEAR;
        LinuxException.Check(Libc.ioctl(loop, Libc.LOOP_CONFIGURE, (nint)(&config)), $"ioctl({loop}, LOOP_CONFIGURE)");
        return new(path, loop, file);
    }
}
