using ContainerPS.Native.Interop;
using ContainerPS.Native.Launch;
using ContainerPS.Native.Linux;

namespace ContainerPS.Native.Tests;

/// <summary>The way from a plan to a running process, and every way in which it can end before.</summary>
public abstract class ShimStartTests(bool sharesMemory)
{
    [SkippableFact]
    public void A_plan_runs_a_process_in_new_namespaces_and_tells_its_exit_code()
    {
        ShimPlans.RequireRoot();
        using var shim = ShimProcess.Start(ShimPlans.Exec(sharesMemory, "/bin/sh", "-c", "test $$ = 1 && exit 7").Build(), "test");
        PlanStatus started = shim.ReceiveStart();
        Assert.Equal(PlanStatusKind.Started, started.Kind);
        Assert.True(started.Pid > 0 && started.StartTicks > 0);
        PlanStatus exited = shim.Receive()!.Value;
        Assert.Equal((PlanStatusKind.Exited, 7, 0), (exited.Kind, exited.Code, exited.Signal));
        Assert.Null(shim.Receive());
    }

    [SkippableFact]
    public void A_command_that_is_not_there_is_told_as_not_found()
    {
        ShimPlans.RequireRoot();
        using var shim = ShimProcess.Start(ShimPlans.Exec(sharesMemory, "/does/not/exist").Build(), "test");
        LaunchException failure = Assert.Throws<LaunchException>(() => shim.ReceiveStart());
        Assert.Equal((LaunchFailure.CommandNotFound, 2), (failure.Kind, failure.Errno));
        Assert.Equal("executing /does/not/exist", failure.Operation);
    }

    [SkippableFact]
    public void A_file_that_is_no_program_is_told_as_not_executable()
    {
        ShimPlans.RequireRoot();
        using var shim = ShimProcess.Start(ShimPlans.Exec(sharesMemory, "/etc/passwd").Build(), "test");
        Assert.Equal(LaunchFailure.CommandNotExecutable, Assert.Throws<LaunchException>(() => shim.ReceiveStart()).Kind);
    }

    [SkippableFact]
    public void A_failed_operation_of_the_child_names_its_sentence_and_its_errno()
    {
        ShimPlans.RequireRoot();
        var plan = new PlanBuilder(PlanMode.Exec);
        plan.Parent.Clone("making the process", PlanTrackName.Child, PlanValue.Constant(ShimPlans.NewNamespaces, "new namespaces"));
        plan.Parent.AwaitExec("executing");
        plan.Child.Call("entering the root file system", SystemCall.chdir, [plan.Utf8("/no/such/place")]);
        plan.Child.Exec("executing true", ["/bin/true"], plan.Strings(["true"]), plan.Strings([]));
        using var shim = ShimProcess.Start(ShimPlans.WithMemory(plan, sharesMemory).Build(), "test");
        LaunchException failure = Assert.Throws<LaunchException>(() => shim.ReceiveStart());
        Assert.Equal(
            "Entering the root file system failed: chdir: ENOENT (2), no such file or directory.",
            failure.Message,
            ignoreCase: true
        );
        Assert.Null(shim.Receive());
    }

    [SkippableFact]
    public void The_candidates_of_an_exec_are_tried_in_order()
    {
        ShimPlans.RequireRoot();
        var plan = new PlanBuilder(PlanMode.Exec);
        plan.Parent.Clone("making the process", PlanTrackName.Child, 0);
        plan.Parent.AwaitExec("executing");
        plan.Child.Exec(
            "executing sh",
            ["/nowhere/sh", "/etc/passwd/sh", "/etc/passwd", "/bin/sh"],
            plan.Strings(["sh", "-c", "exit 3"]),
            plan.Strings([])
        );
        using var shim = ShimProcess.Start(ShimPlans.WithMemory(plan, sharesMemory).Build(), "test");
        shim.ReceiveStart();
        Assert.Equal(3, shim.Receive()!.Value.Code);
    }

    [SkippableFact]
    public void A_process_inherits_no_descriptor_but_the_standard_ones()
    {
        ShimPlans.RequireRoot();
        using var plans = new ShimPlans();
        string list = Path.Combine(plans.Directory, "fds");

        // A descriptor of a careless library: open without close-on-exec in the starter.
        using FileDescriptor leaked = Files.Open("/dev/null");
        Assert.Equal(0, Libc.fcntl(leaked, Libc.F_SETFD, 0));
        using var shim = ShimProcess.Start(ShimPlans.Exec(sharesMemory, "/bin/sh", "-c", $"ls -1 /proc/self/fd > {list}").Build(), "test");
        shim.ReceiveStart();
        shim.Receive();

        // The fourth is the directory that ls reads.
        Assert.Equal(["0", "1", "2", "3"], File.ReadAllLines(list).Order());
    }

    [SkippableFact]
    public void The_shim_of_an_exec_does_not_hold_the_pipes_of_its_process()
    {
        ShimPlans.RequireRoot();
        (FileDescriptor read, FileDescriptor write) = Files.CreatePipe();
        PlanBuilder plan = new(PlanMode.Exec);
        PlanValue output = plan.Inherit(write.Number, "output");
        plan.Parent.Clone("making the process", PlanTrackName.Child, 0);
        plan.Parent.AwaitExec("executing");
        plan.Child.Call("setting descriptor 1", SystemCall.dup3, [output, 1, 0]);
        plan.Child.Exec(
            "executing sh",
            ["/bin/sh"],
            plan.Strings(["sh", "-c", "echo all; exec >/dev/null; exec sleep 100"]),
            plan.Strings(["PATH=/bin:/usr/bin"])
        );
        using var shim = ShimProcess.Start(ShimPlans.WithMemory(plan, sharesMemory).Build(), "test");
        PlanStatus started = shim.ReceiveStart();
        write.Dispose();

        // The end of the pipe comes long before the process's.
        Assert.Equal("all\n"u8, read.ReadToEnd());
        Libc.kill(started.Pid, 9);
        Assert.Equal(9, shim.Receive()!.Value.Signal);
        read.Dispose();
    }
}

/// <summary>With what needs two sides that run side by side: barriers, and operations of the parent meanwhile.</summary>
public sealed class ShimStartTestsOfCopies() : ShimStartTests(sharesMemory: false)
{
    [SkippableFact]
    public void A_failed_operation_of_the_parent_leaves_no_process_behind()
    {
        ShimPlans.RequireRoot();
        var plan = new PlanBuilder(PlanMode.Exec);
        (PlanValue pid, _) = plan.Parent.Clone(
            "making the process",
            PlanTrackName.Child,
            PlanValue.Constant(ShimPlans.NewNamespaces, "new namespaces")
        );
        plan.Parent.WriteFile("writing the id map", PlanValue.CurrentDirectory, "/proc/\u0001/no_such_file", "0 0 1", first: pid);
        plan.Parent.AwaitExec("executing");
        plan.Child.Wait("waiting for the id map", 1);
        using var shim = ShimProcess.Start(plan.Build(), "test");
        LaunchException failure = Assert.Throws<LaunchException>(() => shim.ReceiveStart());
        Assert.Equal(("writing the id map", 2), (failure.Operation, failure.Errno));
    }

    [SkippableFact]
    public void A_child_that_is_killed_before_its_exec_is_not_taken_for_started()
    {
        ShimPlans.RequireRoot();
        var plan = new PlanBuilder(PlanMode.Exec);
        (PlanValue pid, _) = plan.Parent.Clone("making the process", PlanTrackName.Child, 0);
        plan.Parent.Call("killing it", SystemCall.kill, [pid, 9]);
        plan.Parent.AwaitExec("executing");
        plan.Child.Wait("waiting for what never comes", 1);
        using var shim = ShimProcess.Start(plan.Build(), "test");
        LaunchException failure = Assert.Throws<LaunchException>(() => shim.ReceiveStart());
        Assert.Equal((LaunchFailure.KilledBeforeExec, 9), (failure.Kind, failure.Signal));
    }

    [SkippableFact]
    public void Barriers_order_the_two_sides_of_the_clone()
    {
        ShimPlans.RequireRoot();
        using var plans = new ShimPlans();
        string map = Path.Combine(plans.Directory, "order");
        var plan = new PlanBuilder(PlanMode.Exec);
        (PlanValue pid, _) = plan.Parent.Clone("making the process", PlanTrackName.Child, PlanValue.Constant(0x1000_0000, "CLONE_NEWUSER"));
        plan.Parent.Wait("waiting for the user namespace", 1);
        plan.Parent.WriteFile("writing uid_map", PlanValue.CurrentDirectory, "/proc/\u0001/uid_map", "0 0 1\n", first: pid);
        plan.Parent.Signal("letting the child go on", 2);
        plan.Parent.AwaitExec("executing");
        plan.Child.Signal("telling that the user namespace is there", 1);
        plan.Child.Wait("waiting for the id map", 2);
        plan.Child.Exec(
            "executing",
            ["/bin/sh"],
            plan.Strings(["sh", "-c", $"cat /proc/self/uid_map > {map}"]),
            plan.Strings(["PATH=/bin:/usr/bin"])
        );
        using var shim = ShimProcess.Start(plan.Build(), "test");
        shim.ReceiveStart();
        Assert.Equal(0, shim.Receive()!.Value.Code);
        Assert.Equal(["0", "0", "1"], File.ReadAllText(map).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }
}

public sealed class ShimStartTestsOfSharedMemory() : ShimStartTests(sharesMemory: true);
