using ContainerPS.Native.Interop;
using ContainerPS.Native.Launch;
using ContainerPS.Native.Linux;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Tests;

/// <summary>OCI create and start: the shim leaves when init waits before its exec.</summary>
public sealed class ShimRuntimeTests
{
    [SkippableFact]
    public void A_created_container_waits_for_its_start_without_a_monitor()
    {
        ShimPlans.RequireRoot();
        using var plans = new ShimPlans();
        string fifo = Path.Combine(plans.Directory, "exec.fifo");
        string note = Path.Combine(plans.Directory, "note");
        Files.MakeFifo(fifo, Modes.Mode0600);
        PlanBuilder plan = new(PlanMode.Runtime);
        plan.Parent.Clone("making the process", PlanTrackName.Child, PlanValue.Constant(ShimPlans.NewNamespaces, "new namespaces"));
        plan.Parent.Wait("waiting until it is created", 1);
        plan.Parent.ReportCreated("telling that it is created");
        PlanValue wait = plan.Child.Open("opening the exec FIFO", PlanValue.CurrentDirectory, plan.Utf8(fifo), O_RDWR);
        plan.Child.Signal("telling that init is ready", 1);
        plan.Child.Call("waiting for start", SystemCall.read, [wait, plan.Reserve(8, "byte"), 1]);
        plan.Child.Exec(
            "executing",
            ["/bin/sh"],
            plan.Strings(["sh", "-c", $"echo started > {note}"]),
            plan.Strings(["PATH=/bin:/usr/bin"])
        );

        PlanStatus created;
        using (var shim = ShimProcess.Start(plan.Build(), "test"))
        {
            created = shim.ReceiveStart();
            Assert.Equal(PlanStatusKind.Created, created.Kind);
            Assert.True(created.StartTicks > 0);

            // Its end of the socket closes when the last of its processes does: init's copy is close-on-exec, so only the shim's is waited
            // for.
        }

        Eventually.True(() => ProcessState.WaitsIn(created.Pid, SYS.read), "init waiting at the FIFO");
        Assert.False(File.Exists(note));
        Assert.True(ProcessIdentity.TryReadStat(created.Pid, out ProcessStat waiting) && waiting.StartTicks == created.StartTicks);
        File.WriteAllText(fifo, "0");
        Eventually.True(() => File.Exists(note) && new FileInfo(note).Length > 0, "the command's note after the start");
    }

    [SkippableFact]
    public void A_full_disk_costs_log_lines_and_never_the_container()
    {
        ShimPlans.RequireRoot();
        using var plans = new ShimPlans();
        string log = Path.Combine(plans.Directory, "small");
        Directory.CreateDirectory(log);
        Run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", log);
        try
        {
            // The second half is written after the log was emptied by hand, as an operator would, when the monitor has taken the first.
            string go = Path.Combine(plans.Directory, "go"),
                written = Path.Combine(plans.Directory, "written");
            PlanBuilder plan = plans.Service(
                [
                    "/bin/sh",
                    "-c",
                    $"seq 1 20000; : > {written}; until [ -e {go} ]; do sleep 0.02; done; : > {log}/container.log; echo again",
                ],
                settings => settings with { LogDirectory = log }
            );
            using var shim = ShimProcess.Start(plan.Build(), "test");
            shim.ReceiveStart();
            Eventually.True(() => File.Exists(written), "the first half of the output");
            Eventually.True(() => IsEmpty(Path.Combine(plans.Directory, "stdout")), "a FIFO that the monitor has emptied");
            File.WriteAllText(go, "");
            Assert.Equal(0, shim.Receive()!.Value.Code);
            string[] lines = File.ReadAllLines(Path.Combine(log, "container.log"));
            Assert.Matches(@" stderr F containerps: [1-9]\d* log records were dropped here, errno 28$", lines[^2]);
            Assert.EndsWith(" stdout F again", lines[^1], StringComparison.Ordinal);
        }
        finally
        {
            Run("umount", "-l", log);
        }
    }

    private static bool IsEmpty(string fifo)
    {
        using FileDescriptor file = Files.Open(fifo, O_RDONLY | O_NONBLOCK);
        return (Files.Poll(file, POLLIN, 0) & POLLIN) == 0;
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = System.Diagnostics.Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
