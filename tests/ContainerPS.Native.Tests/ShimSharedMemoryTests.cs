using System.Buffers.Binary;
using ContainerPS.Native.Interop;
using ContainerPS.Native.Launch;
using ContainerPS.Native.Linux;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Tests;

/// <summary>
/// A child in the shim's own memory: what it does there is not seen by its parent, and every end that it can have is told as a copy's is.
/// </summary>
public sealed class ShimSharedMemoryTests : IDisposable
{
    private const long NewTime = 0x80;
    private const int KCMP_VM = 1;

    private readonly ShimPlans _plans = new(sharesMemory: true);

    public void Dispose() => _plans.Dispose();

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_child_has_the_memory_that_its_plan_gives_it(bool isShared)
    {
        ShimPlans.RequireRoot();
        string note = Path.Combine(_plans.Directory, "pids");
        PlanBuilder plan = Talking(note, "waiting for long", SystemCall.nanosleep, plan => [plan.Words("an hour", 3600, 0), 0]);
        using var shim = ShimProcess.Start(ShimPlans.WithMemory(plan, isShared).Build(), "test");
        (int child, int parent) = PidsOf(note);
        long compared = syscall(SYS.kcmp, parent, child, KCMP_VM, 0, 0, 0);
        kill(child, 9);
        Assert.Equal((LaunchFailure.KilledBeforeExec, 9), Ended(shim));
        Skip.If(compared < 0, "kcmp is not there");
        Assert.Equal(isShared, compared == 0);
    }

    [SkippableTheory]
    [InlineData(9)]
    [InlineData(11)]
    [InlineData(7)]
    public void A_child_that_dies_by_a_signal_before_its_exec_is_told_as_such(int signal)
    {
        ShimPlans.RequireRoot();
        PlanBuilder plan = new(PlanMode.Exec);
        Begin(plan, 0);
        PlanValue self = plan.Child.CallInto("asking for the own pid", SystemCall.getpid, []);
        plan.Child.Call("ending", SystemCall.kill, [self, signal]);
        EndWithTrue(plan);
        using var shim = ShimProcess.Start(ShimPlans.WithMemory(plan, true).Build(), "test");
        Assert.Equal((LaunchFailure.KilledBeforeExec, signal), Ended(shim));
        Assert.Null(shim.Receive());
    }

    [SkippableFact]
    public void A_monitor_outlives_a_child_that_dies_before_its_exec_and_tells_it()
    {
        ShimPlans.RequireRoot();
        PlanBuilder plan = _plans.Service(
            ["/bin/true"],
            inChild: plan =>
            {
                PlanValue self = plan.Child.CallInto("asking for the own pid", SystemCall.getpid, []);
                plan.Child.Call("ending", SystemCall.kill, [self, 11]);
            },
            flags: 0
        );
        using var shim = ShimProcess.Start(plan.Build(), "test");
        Assert.Equal((LaunchFailure.KilledBeforeExec, 11), Ended(shim));
        Assert.False(File.Exists(_plans.StatePath));
        Assert.Null(shim.Receive());
    }

    /// <summary>
    /// The child's results lie in the same memory: in slots by operations and through pointers, and in the number of the operation.
    /// </summary>
    [SkippableFact]
    public void The_parent_sees_its_own_slots_and_its_own_place_in_the_plan()
    {
        ShimPlans.RequireRoot();
        PlanBuilder plan = new(PlanMode.Exec);
        PlanValue known = plan.Slot(4711, "known");
        PlanValue own = plan.Parent.CallInto("asking for the own pid", SystemCall.getpid, []);
        PlanValue again = plan.Parent.CallInto("asking for the own pid", SystemCall.getpid, []);
        plan.Parent.Clone("making the process", PlanTrackName.Child, 0);
        plan.Parent.Expect("finding what was known", known, PlanComparison.Equal, 4711);
        plan.Parent.Expect("finding the own pid", own, PlanComparison.Equal, again);
        plan.Parent.Call("failing at the end", SystemCall.chdir, [plan.Utf8("/no/such/place")]);
        plan.Parent.AwaitExec("executing");
        for (int i = 0; i < 3; i++)
        {
            plan.Child.Call("writing over slots", SystemCall.prctl, [PR_GET_DUMPABLE, 0, 0, 0, 0]);
        }

        plan.Child.Call("writing over slots", SystemCall.pipe2, [known.Address, 0]);
        plan.Child.Call("writing over slots", SystemCall.pipe2, [own.Address, 0]);
        plan.Child.Expect("finding its own slots changed", known, PlanComparison.NotEqual, 4711);
        EndWithTrue(plan);
        using var shim = ShimProcess.Start(ShimPlans.WithMemory(plan, true).Build(), "test");
        LaunchException failure = Assert.Throws<LaunchException>(() => shim.ReceiveStart());
        Assert.Equal(("failing at the end", 2), (failure.Operation, failure.Errno));
        Assert.Null(shim.Receive());
    }

    [SkippableFact]
    public void A_failed_operation_of_the_child_tells_what_it_found()
    {
        ShimPlans.RequireRoot();
        PlanBuilder plan = new(PlanMode.Exec);
        Begin(plan, ShimPlans.NewNamespaces);
        PlanValue self = plan.Child.CallInto("asking for the own pid", SystemCall.getpid, []);
        plan.Child.Expect("being somebody else", self, PlanComparison.Equal, 77);
        EndWithTrue(plan);
        using var shim = ShimProcess.Start(ShimPlans.WithMemory(plan, true).Build(), "test");
        LaunchException failure = Assert.Throws<LaunchException>(() => shim.ReceiveStart());
        Assert.Equal("being somebody else", failure.Operation);
        Assert.Contains("found 1 ", failure.Message, StringComparison.Ordinal);
    }

    /// <summary>
    /// Whoever refuses the sharing clone is asked for a copy; here one that answers ENOSYS to clone3, as an old sandbox does, which leaves
    /// clone(2).
    /// </summary>
    [SkippableTheory]
    [InlineData(38)]
    [InlineData(1)]
    public void A_sandbox_that_refuses_clone3_is_asked_in_another_way(int errno)
    {
        ShimPlans.RequireRoot();
        PlanBuilder plan = new(PlanMode.Exec);
        plan.Parent.Call("setting no_new_privs", SystemCall.prctl, [PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0]);
        plan.Parent.Call(
            "loading a filter",
            SystemCall.seccomp,
            [SECCOMP_SET_MODE_FILTER, 0, plan.Words("sock_fprog", 4, plan.Bytes(Refusing(435, errno)))]
        );
        Begin(plan, ShimPlans.NewNamespaces);
        EndWithTrue(plan);
        using var shim = ShimProcess.Start(ShimPlans.WithMemory(plan, true).Build(), "test");
        if (errno == 38)
        {
            shim.ReceiveStart();
            Assert.Equal(0, shim.Receive()!.Value.Code);
        }
        else
        {
            Assert.Equal(errno, Assert.Throws<LaunchException>(() => shim.ReceiveStart()).Errno);
        }
    }

    [SkippableFact]
    public void A_monitor_has_left_its_starter_when_it_is_known()
    {
        ShimPlans.RequireRoot();
        using var shim = ShimProcess.Start(_plans.Service(["/bin/sleep", "100"]).Build(), "test");
        PlanStatus started = shim.ReceiveStart();
        string name = File.ReadAllText($"/proc/{started.MonitorPid}/comm");
        string[] at = ["cwd", "fd/0", "fd/1", "fd/2"];
        string?[] links = [.. at.Select(link => new FileInfo($"/proc/{started.MonitorPid}/{link}").LinkTarget)];

        // A reader that goes away would take a monitor along that does not.
        Eventually.True(() => IgnoresBrokenPipes(started.MonitorPid), "a monitor that ignores SIGPIPE");
        kill(started.Pid, 9);
        shim.Receive();
        Assert.Equal("containerps-mon\n", name);
        Assert.Equal("/ /dev/null /dev/null /dev/null", string.Join(' ', links));
    }

    [SkippableFact]
    public void A_container_does_not_inherit_what_the_monitor_does_for_itself()
    {
        ShimPlans.RequireRoot();
        using var shim = ShimProcess.Start(_plans.Service(["/bin/sleep", "100"]).Build(), "test");
        PlanStatus started = shim.ReceiveStart();
        bool ignores = IgnoresBrokenPipes(started.Pid);
        string score = File.ReadAllText($"/proc/{started.Pid}/oom_score_adj");
        kill(started.Pid, 9);
        shim.Receive();
        Assert.False(ignores);
        Assert.Equal(File.ReadAllText("/proc/self/oom_score_adj"), score);
    }

    [Theory]
    [InlineData("a barrier of the child")]
    [InlineData("a barrier of the parent")]
    [InlineData("a hook of the child")]
    [InlineData("a copied tree")]
    [InlineData("a user namespace")]
    [InlineData("a time namespace")]
    [InlineData("a runtime")]
    [InlineData("the helper")]
    [InlineData("the exit")]
    [InlineData("another kind of memory")]
    public void The_shim_refuses_to_share_where_its_sleep_would_be_missed(string what)
    {
        PlanBuilder plan = new(what == "a runtime" ? PlanMode.Runtime : PlanMode.Exec);
        if (what == "the helper")
        {
            plan.Parent.Clone("making a helper", PlanTrackName.Helper, 0);
        }

        Begin(
            plan,
            what == "a user namespace" ? ShimPlans.NewUser
                : what == "a time namespace" ? NewTime
                : 0
        );
        if (what == "a barrier of the parent")
        {
            plan.Parent.Signal("telling", 2);
        }

        if (what == "a barrier of the child")
        {
            plan.Child.Wait("waiting", 2);
        }

        if (what == "a hook of the child")
        {
            plan.Child.SpawnHook("running a hook", "/bin/true", ["true"], [], "{}", 1, 10);
        }

        if (what == "a copied tree")
        {
            plan.Child.CopyTree("copying", 0, 1);
        }

        EndWithTrue(plan);
        ShimPlans.WithMemory(plan, true);
        if (what == "the exit")
        {
            plan.Exit.Clone("making a process", PlanTrackName.Child, 0);
        }

        Plan built = plan.Build();
        if (what is "the helper" or "the exit" or "another kind of memory")
        {
            ChangeMemory(built.Block, what == "another kind of memory" ? 2 : 1, what == "the exit");
        }

        using var shim = ShimProcess.Start(built, "test");
        Assert.Contains(
            nameof(PlanRefusal.Operation),
            Assert.Throws<LaunchException>(() => shim.ReceiveStart()).Message,
            StringComparison.Ordinal
        );
    }

    private static void Begin(PlanBuilder plan, long flags)
    {
        plan.Parent.Clone("making the process", PlanTrackName.Child, PlanValue.Constant(flags, "namespaces"));
        plan.Parent.AwaitExec("executing");
    }

    private static void EndWithTrue(PlanBuilder plan) =>
        plan.Child.Exec("executing true", ["/bin/true"], plan.Strings(["true"]), plan.Strings([]));

    /// <summary>The child writes its own and its parent's pid, and then does one thing more.</summary>
    private static PlanBuilder Talking(string note, string doing, SystemCall call, Func<PlanBuilder, PlanValue[]> arguments)
    {
        PlanBuilder plan = new(PlanMode.Exec);
        Begin(plan, 0);
        PlanValue child = plan.Child.CallInto("asking for the own pid", SystemCall.getpid, []);
        PlanValue parent = plan.Child.CallInto("asking for the parent's", SystemCall.getppid, []);
        plan.Child.WriteFile(
            "telling the pids",
            PlanValue.CurrentDirectory,
            note,
            "\u0001 \u0002\n",
            child,
            parent,
            openFlags: O_WRONLY | O_CREAT
        );
        plan.Child.Call(doing, call, arguments(plan));
        EndWithTrue(plan);
        return plan;
    }

    private static (int Child, int Parent) PidsOf(string note)
    {
        Eventually.True(() => File.Exists(note) && File.ReadAllText(note).EndsWith('\n'), "the pids");
        return File.ReadAllText(note).Split(' ') is [var child, var parent] ? (int.Parse(child, null), int.Parse(parent, null)) : default;
    }

    private static (LaunchFailure Kind, int Signal) Ended(ShimProcess shim)
    {
        LaunchException failure = Assert.Throws<LaunchException>(() => shim.ReceiveStart());
        return (failure.Kind, failure.Signal);
    }

    /// <summary>In the mask of ignored signals, bit 12 is signal 13.</summary>
    private static bool IgnoresBrokenPipes(int pid)
    {
        string line = File.ReadLines($"/proc/{pid}/status").First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal));
        return (Convert.ToUInt64(line.Split('\t')[1], 16) >> 12 & 1) == 1;
    }

    /// <summary>load the number; if it is this one return the errno, else allow.</summary>
    private static byte[] Refusing(uint number, int errno)
    {
        (ushort Code, byte IfTrue, byte IfFalse, uint Value)[] program =
        [
            (0x20, 0, 0, 0),
            (0x15, 0, 1, number),
            (0x06, 0, 0, 0x0005_0000 | (uint)errno),
            (0x06, 0, 0, 0x7FFF_0000),
        ];
        byte[] bytes = new byte[program.Length * 8];
        for (int i = 0; i < program.Length; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(i * 8), program[i].Code);
            bytes[i * 8 + 2] = program[i].IfTrue;
            bytes[i * 8 + 3] = program[i].IfFalse;
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(i * 8 + 4), program[i].Value);
        }

        return bytes;
    }

    /// <summary>What no builder writes: the third argument of the first operation of a track, which is a clone.</summary>
    private static void ChangeMemory(byte[] block, long memory, bool inExit)
    {
        PlanHeader header = System.Runtime.InteropServices.MemoryMarshal.Read<PlanHeader>(block);
        uint track = inExit ? header.Exit.Offset : header.Parent.Offset;
        BinaryPrimitives.WriteInt64LittleEndian(block.AsSpan((int)track + 32), memory);
    }
}
