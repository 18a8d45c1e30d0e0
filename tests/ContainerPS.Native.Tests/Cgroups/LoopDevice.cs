using System.Globalization;
using ContainerPS.Native.Interop;
using ContainerPS.Native.Linux;

namespace ContainerPS.Native.Tests.Cgroups;

/// <summary>A block device of our own over a file in memory or on disk; it goes when the last descriptor does.</summary>
internal sealed unsafe class LoopDevice : IDisposable
{
    private readonly FileDescriptor _device;
    private readonly string _file;

    private LoopDevice(FileDescriptor device, string file, int number)
    {
        _device = device;
        _file = file;
        Number = number;
    }

    public int Number { get; }

    public string Path => $"/dev/loop{Number}";

    public long Minor => Files.Status(Path).DeviceMinor;

    public const long Major = 7;

    public static LoopDevice Open(long megabytes)
    {
        Skip.IfNot(HostFacts.IsRoot && File.Exists("/dev/loop-control"), "no loop devices here");
        string file = System.IO.Path.GetTempFileName();
        using FileDescriptor backing = Files.Open(file, Libc.O_RDWR);
        backing.Truncate(megabytes << 20);
        using FileDescriptor control = Files.Open("/dev/loop-control", Libc.O_RDWR);
        int number = LinuxException.Check(Libc.ioctl(control, Libc.LOOP_CTL_GET_FREE, 0), $"ioctl(LOOP_CTL_GET_FREE)");
        FileDescriptor device = Files.Open($"/dev/loop{number}", Libc.O_RDWR);
        loop_config config = new() { fd = (uint)backing.Number };
        config.info.lo_flags = Libc.LO_FLAGS_AUTOCLEAR;
        LinuxException.Check(Libc.ioctl(device, Libc.LOOP_CONFIGURE, (nint)(&config)), $"ioctl({device}, LOOP_CONFIGURE)");
        return new(device, file, number);
    }

    /// <summary>Skips where the kernel has no such scheduler.</summary>
    public void UseScheduler(string name)
    {
        string queue = string.Create(CultureInfo.InvariantCulture, $"/sys/block/loop{Number}/queue/scheduler");
        Skip.IfNot(File.ReadAllText(queue).Contains(name, StringComparison.Ordinal), $"the kernel has no {name} scheduler");
        File.WriteAllText(queue, name);
    }

    public void Dispose()
    {
        _device.Dispose();
        File.Delete(_file);
    }
}
