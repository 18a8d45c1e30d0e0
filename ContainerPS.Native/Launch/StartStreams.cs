using ContainerPS.Native.Launch.Planner;
using ContainerPS.Native.Linux;
using ContainerPS.Native.Oci;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Launch;

/// <summary>
/// The streams of one start: makes FIFOs and pipes, hands one side to the plan and keeps the other for the caller. Owns everything until
/// <see cref="TakeMine"/>.
/// </summary>
internal sealed class StartStreams : IDisposable
{
    private const int LowestDescriptor = 10;

    private readonly List<FileDescriptor> _given = [];
    private FileDescriptor? _stdin;
    private FileDescriptor? _stdout;
    private FileDescriptor? _stderr;

    public HandedOver HandedOver { get; private set; } = new();

    public static StartStreams ForContainer(LaunchRequest request, Spec spec)
    {
        var streams = new StartStreams();
        if (request.Monitor is { } monitor)
        {
            streams.AddMonitorStreams(monitor, request.Stdio, spec);
        }

        return streams;
    }

    public static StartStreams ForExec(StdioSettings settings)
    {
        var streams = new StartStreams();
        if (!settings.Inherit)
        {
            streams.AddExecStreams(settings);
        }

        return streams;
    }

    /// <summary>The container's sides are in the shim now.</summary>
    public void CloseGiven()
    {
        foreach (FileDescriptor descriptor in _given)
        {
            descriptor.Dispose();
        }

        _given.Clear();
    }

    public (Stream? Stdin, Stream? Stdout, Stream? Stderr) TakeMine()
    {
        (FileStream?, FileStream?, FileStream?) mine = (
            Open(_stdin, FileAccess.Write),
            Open(_stdout, FileAccess.Read),
            Open(_stderr, FileAccess.Read)
        );
        _stdin = _stdout = _stderr = null;
        return mine;
    }

    public void Dispose()
    {
        CloseGiven();
        _stdin?.Dispose();
        _stdout?.Dispose();
        _stderr?.Dispose();
    }

    /// <summary>A pidfd with a number that the container's streams do not take.</summary>
    public static FileDescriptor OpenProcess(int pid) => Raise(Pidfd.Open(pid).Descriptor);

    /// <summary>The same file under a number that the container's standard streams will not take; the old one is closed.</summary>
    public static FileDescriptor Raise(FileDescriptor descriptor)
    {
        if (descriptor.Number >= LowestDescriptor)
        {
            return descriptor;
        }

        FileDescriptor raised = descriptor.DuplicateAbove(LowestDescriptor);
        descriptor.Dispose();
        return raised;
    }

    private void AddMonitorStreams(MonitorSettings monitor, StdioSettings settings, Spec spec)
    {
        uint uid = IdMaps.ToHost(spec.Linux?.UidMappings, spec.Process?.User?.Uid ?? 0) ?? 0;
        uint gid = IdMaps.ToHost(spec.Linux?.GidMappings, spec.Process?.User?.Gid ?? 0) ?? 0;
        MakeFifo($"{monitor.RunDirectory}/{StdioSteps.StdoutName}", uid, gid);
        MakeFifo($"{monitor.RunDirectory}/{StdioSteps.StderrName}", uid, gid);
        if (settings is { OpenStdin: true, AttachStdin: false })
        {
            MakeFifo($"{monitor.RunDirectory}/{StdioSteps.StdinName}", uid, gid);
        }

        if (settings is { OpenStdin: true, AttachStdin: true })
        {
            HandedOver = HandedOver with { Stdin = GivePipe(ref _stdin, toContainer: true) };
        }

        if (settings.AttachOutput)
        {
            HandedOver = HandedOver with
            {
                AttachedStdout = GivePipe(ref _stdout, toContainer: false),
                AttachedStderr = GivePipe(ref _stderr, toContainer: false),
            };
        }

        if (monitor.EndWithStarter)
        {
            FileDescriptor self = OpenProcess(Environment.ProcessId);
            _given.Add(self);
            HandedOver = HandedOver with { StarterPidfd = self.Number };
        }
    }

    private void AddExecStreams(StdioSettings settings)
    {
        HandedOver = new HandedOver
        {
            Stdin = settings is { OpenStdin: true, AttachStdin: true } ? GivePipe(ref _stdin, toContainer: true) : GiveNull(),
            Stdout = settings.AttachOutput ? GivePipe(ref _stdout, toContainer: false) : GiveNull(),
            Stderr = settings.AttachOutput ? GivePipe(ref _stderr, toContainer: false) : GiveNull(),
        };
    }

    private int GivePipe(ref FileDescriptor? mine, bool toContainer)
    {
        (FileDescriptor? read, FileDescriptor? write) = Files.CreatePipe();
        mine = toContainer ? write : read;
        FileDescriptor given = Raise(toContainer ? read : write);
        _given.Add(given);
        return given.Number;
    }

    private int GiveNull()
    {
        FileDescriptor device = Raise(Files.Open("/dev/null", O_RDWR));
        _given.Add(device);
        return device.Number;
    }

    /// <summary>
    /// Owned by the container's user, so that its processes can open /dev/stdout again; what an earlier run left is replaced.
    /// </summary>
    private static void MakeFifo(string path, uint uid, uint gid)
    {
        FileDescriptor at = FileDescriptor.CurrentDirectory;
        Files.TryUnlinkAt(at, path);
        Files.MakeNodeAt(at, path, S_IFIFO | Modes.Mode0600, 0);
        if (uid != 0 || gid != 0)
        {
            Files.ChangeOwnerAt(at, path, uid, gid);
        }
    }

    private static FileStream? Open(FileDescriptor? descriptor, FileAccess access) =>
        descriptor is null ? null : new FileStream(descriptor.ToSafeFileHandle(), access, bufferSize: 0);
}
