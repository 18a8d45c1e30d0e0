using ContainerPS.Native.Launch;
using ContainerPS.Native.Linux;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Tests;

/// <summary>
/// Plans written by hand, in a temporary run directory of their own; with children in copied memory or in the shim's own.
/// </summary>
internal sealed class ShimPlans(bool sharesMemory = false) : IDisposable
{
    public const long NewNamespaces = 0x0002_0000 | 0x0400_0000 | 0x0800_0000 | 0x2000_0000 | 0x4000_0000; // mount, uts, ipc, pid, net

    public const long NewUser = 0x1000_0000;

    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("containerps-shim-").FullName;

    public string StatePath => Path.Combine(Directory, "state");

    public string ExitsPath => Path.Combine(Directory, "exits");

    public string LogPath => Path.Combine(Directory, "container.log");

    public static void RequireRoot() =>
        Skip.IfNot(Environment.UserName == "root" || geteuid() == 0, "new namespaces without a user namespace need root");

    /// <summary>The process's own standard streams are the starter's; it runs in new namespaces and waits for nothing.</summary>
    public static PlanBuilder Exec(bool sharesMemory, params string[] command)
    {
        var plan = new PlanBuilder(PlanMode.Exec);
        plan.Parent.Clone("making the process", PlanTrackName.Child, PlanValue.Constant(NewNamespaces, "new namespaces"));
        plan.Parent.AwaitExec("executing the command");
        EndWithExec(plan, command);
        return WithMemory(plan, sharesMemory);
    }

    public static PlanBuilder Exec(params string[] command) => Exec(false, command);

    public static PlanBuilder WithMemory(PlanBuilder plan, bool isShared)
    {
        if (isShared)
        {
            plan.Parent.ShareMemoryAtClone();
        }

        return plan;
    }

    /// <summary>A detached container with FIFOs, log and records below <see cref="Directory"/>.</summary>
    public PlanBuilder Service(
        string[] command,
        Func<PlanMonitorSettings, PlanMonitorSettings>? change = null,
        Action<PlanBuilder>? inChild = null,
        long flags = NewNamespaces
    )
    {
        var plan = new PlanBuilder(PlanMode.Service);
        (PlanValue outRead, PlanValue outWrite) = Fifo(plan, "stdout");
        (PlanValue errRead, PlanValue errWrite) = Fifo(plan, "stderr");
        PlanValue lockFile = Lock(plan);
        (PlanValue pid, PlanValue pidfd) = plan.Parent.Clone(
            "making the process",
            PlanTrackName.Child,
            PlanValue.Constant(flags, "new namespaces")
        );
        plan.Parent.Close(outWrite);
        plan.Parent.Close(errWrite);
        inChild?.Invoke(plan);
        plan.Child.Call("leaving the session", SystemCall.setsid, []);
        plan.Child.Call("giving the process its stdout", SystemCall.dup3, [outWrite, 1, 0]);
        plan.Child.Call("giving the process its stderr", SystemCall.dup3, [errWrite, 2, 0]);
        EndWithExec(plan, command);
        var settings = new PlanMonitorSettings
        {
            Pid = pid,
            Pidfd = pidfd,
            Stdout = outRead,
            Stderr = errRead,
            Lock = lockFile,
            StatePath = StatePath,
            ExitsPath = ExitsPath,
            LogDirectory = Directory,
            Flags = PlanMonitorFlags.RecordDurably,
        };
        plan.Monitor = WithOnExitProgram(plan, change is null ? settings : change(settings));

        // The starter learns of the exec when all is open.
        plan.Parent.AwaitExec("executing the command");

        // A new user namespace is not for a child whose memory others have too.
        return WithMemory(plan, sharesMemory && (flags & NewUser) == 0);
    }

    private static PlanMonitorSettings WithOnExitProgram(PlanBuilder plan, PlanMonitorSettings settings) =>
        settings.OnExitCommand is { } command
            ? settings with
            {
                OnExitProgram = plan.Parent.Open(
                    "opening the on-exit program",
                    PlanValue.CurrentDirectory,
                    plan.Utf8(command[0]),
                    O_PATH,
                    accept: PlanFormat.AnyErrno
                ),
            }
            : settings;

    /// <summary>A monitor for a container whose own was killed.</summary>
    public PlanBuilder Adoption(FileDescriptor pidfd, PlanStatus started, Func<PlanMonitorSettings, PlanMonitorSettings>? change = null)
    {
        var plan = new PlanBuilder(PlanMode.Adopt);
        (PlanValue outRead, PlanValue outWrite) = Fifo(plan, "stdout");
        (PlanValue errRead, PlanValue errWrite) = Fifo(plan, "stderr");
        plan.Parent.Close(outWrite);
        plan.Parent.Close(errWrite);
        var settings = new PlanMonitorSettings
        {
            Pid = plan.Slot(started.Pid, "pid"),
            Pidfd = plan.Inherit(pidfd.Number, "pidfd"),
            StartTicks = started.StartTicks,
            Stdout = outRead,
            Stderr = errRead,
            Lock = Lock(plan),
            StatePath = StatePath,
            LogDirectory = Directory,
        };
        plan.Monitor = change is null ? settings : change(settings);
        return plan;
    }

    /// <summary>A monitor whose container a test has killed at its end may still be writing its records here.</summary>
    public void Dispose()
    {
        Eventually.True(IsDeleted, $"the deletion of {Directory}");
    }

    private bool IsDeleted()
    {
        try
        {
            System.IO.Directory.Delete(Directory, recursive: true);
            return true;
        }
        catch (IOException)
        {
            return !System.IO.Directory.Exists(Directory);
        }
    }

    public (PlanValue Read, PlanValue Write) Fifo(PlanBuilder plan, string name)
    {
        string path = Path.Combine(Directory, name);
        if (!File.Exists(path))
        {
            Files.MakeFifo(path, Modes.Mode0600);
        }

        PlanValue read = plan.Parent.Open($"opening {name}", PlanValue.CurrentDirectory, plan.Utf8(path), O_RDONLY | O_NONBLOCK);
        PlanValue write = plan.Parent.Open($"opening {name}", PlanValue.CurrentDirectory, plan.Utf8(path), O_RDWR);
        return (read, write);
    }

    private PlanValue Lock(PlanBuilder plan)
    {
        PlanValue file = plan.Parent.Open(
            "opening the lock",
            PlanValue.CurrentDirectory,
            plan.Utf8(Path.Combine(Directory, "monitor.lock")),
            O_RDWR | O_CREAT,
            Modes.Mode0600
        );
        plan.Parent.Call("taking the lock", SystemCall.flock, [file, LOCK_EX | LOCK_NB]);
        return file;
    }

    private static void EndWithExec(PlanBuilder plan, string[] command) =>
        plan.Child.Exec($"executing {command[0]}", [command[0]], plan.Strings(command), plan.Strings(["PATH=/usr/bin:/bin"]));
}
