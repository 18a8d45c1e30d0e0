using System.Diagnostics;
using ContainerPS.Native.Interop;
using ContainerPS.Native.Launch;
using ContainerPS.Native.Linux;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Tests;

/// <summary>A shim that waited for its plan does the same as one that was spawned with it.</summary>
public abstract class ShimReserveTests(bool sharesMemory) : IDisposable
{
    private const long NewNetwork = 0x4000_0000;

    private readonly ShimPlans _plans = new(sharesMemory);

    public void Dispose()
    {
        _plans.Dispose();
        GC.SuppressFinalize(this);
    }

    [SkippableFact]
    public void A_container_from_reserve_has_a_network_of_its_own_with_its_loopback_up()
    {
        ShimPlans.RequireRoot();
        using ShimProcess shim = Give(_plans.Service(["/bin/sleep", "100"]));
        PlanStatus started = shim.ReceiveStart();
        string host = NetworkOf("self");
        string monitor = NetworkOf($"{started.MonitorPid}");
        string container = NetworkOf($"{started.Pid}");
        string routes = File.ReadAllText($"/proc/{started.Pid}/net/fib_trie"); // empty while no interface is up
        string[] shown = CommandLine(started.MonitorPid);
        kill(started.Pid, 9);
        Assert.Equal(137, shim.Receive()!.Value.Code);
        Assert.Equal(host, monitor);
        Assert.NotEqual(host, container);
        Assert.Contains("127.0.0.1", routes, StringComparison.Ordinal);
        Assert.Equal(
            ["containerps-shim", "reserve", "monitor", "test"],
            [.. shown.Where(argument => argument.Length > 0 && !int.TryParse(argument, out _))]
        );
    }

    [SkippableTheory]
    [InlineData(ShimPlans.NewNamespaces & ~NewNetwork, true)]
    [InlineData(ShimPlans.NewNamespaces | ShimPlans.NewUser, false)]
    public void Who_wants_no_network_or_one_of_its_own_user_namespace_does_not_get_the_ready_one(long namespaces, bool isHosts)
    {
        ShimPlans.RequireRoot();
        using var waiting = ReserveShim.Spawn(PlanMode.Service);
        string ready = WaitForNetwork();
        using ShimProcess shim = Give(_plans.Service(["/bin/sleep", "100"], flags: namespaces), waiting);
        PlanStatus started = shim.ReceiveStart();
        string container = NetworkOf($"{started.Pid}"),
            monitor = NetworkOf($"{started.MonitorPid}");
        kill(started.Pid, 9);
        shim.Receive();
        Assert.Equal(NetworkOf("self"), monitor);
        Assert.NotEqual(ready, container);
        Assert.Equal(isHosts, container == monitor);
    }

    [SkippableFact]
    public void An_exec_from_reserve_finds_its_descriptors_under_their_numbers_and_no_others()
    {
        ShimPlans.RequireRoot();
        (FileDescriptor read, FileDescriptor write) = Files.CreatePipe();
        using FileDescriptor high = write.DuplicateAbove(300);
        write.Dispose();
        var plan = new PlanBuilder(PlanMode.Exec);
        PlanValue output = plan.Inherit(high.Number, "output");
        PlanValue low = plan.Inherit(read.Number, "a number that the shim itself may use");
        plan.Parent.Clone("making the process", PlanTrackName.Child, PlanValue.Constant(ShimPlans.NewNamespaces, "namespaces"));
        plan.Parent.AwaitExec("executing the command");
        plan.Child.Call("moving", SystemCall.dup3, [output, 1, 0]);
        plan.Child.Call("checking the other one", SystemCall.fcntl, [low, F_GETFD, 0]);
        plan.Child.Exec("executing ls", ["/bin/ls"], plan.Strings(["/bin/ls", "-1", "/proc/self/fd"]), plan.Strings([]));
        using ShimProcess shim = Give(ShimPlans.WithMemory(plan, sharesMemory));
        Assert.Equal(PlanStatusKind.Started, shim.ReceiveStart().Kind);
        Assert.Equal(0, shim.Receive()!.Value.Code);
        high.Dispose();
        byte[] bytes = new byte[256];
        int length = read.Read(bytes);
        read.Dispose();
        Assert.Equal("0\n1\n2\n3\n", System.Text.Encoding.ASCII.GetString(bytes, 0, length));
    }

    [SkippableFact]
    public void One_that_was_killed_is_replaced_before_anyone_notices()
    {
        ShimPlans.RequireRoot();
        var waiting = ReserveShim.Spawn(PlanMode.Exec);
        kill(waiting.FirstPid, 9);
        Eventually.True(() => !ProcessState.IsAlive(waiting.FirstPid), "the end of the one in reserve");
        Plan plan = ShimPlans.Exec(sharesMemory, "/bin/true").Build();
        using FileDescriptor block = ShimProcess.WriteBlock(plan.Block);
        Assert.Null(waiting.TryGive(plan, block, "test"));
    }

    [SkippableFact]
    public void A_series_fills_the_reserve_which_empties_itself()
    {
        ShimPlans.RequireRoot();
        var patience = TimeSpan.FromSeconds(1);
        var reserve = new ShimReserve(PlanMode.Exec, patience);
        Eventually.True(HasOneAfterASeries, "one in reserve after five starts");
        Eventually.Sees(() => Reserves().Length, count => count == 0, "an empty reserve");

        // On a machine that is too busy for five starts within the patience, or for a look at the one in reserve, there is another series.
        bool HasOneAfterASeries()
        {
            for (int i = 0; i < 5; i++)
            {
                using ShimProcess shim = reserve.Start(ShimPlans.Exec(sharesMemory, "/bin/true").Build(), "test");
                shim.ReceiveStart();
                reserve.Replenish();
                Assert.Equal(0, shim.Receive()!.Value.Code);
            }

            var clock = Stopwatch.StartNew();
            bool isThere;
            do
            {
                isThere = Reserves().Length > 0;
            } while (!isThere && clock.Elapsed < patience);
            return isThere;
        }
    }

    private static ShimProcess Give(PlanBuilder builder, ReserveShim? waiting = null)
    {
        Plan plan = builder.Build();
        using FileDescriptor block = ShimProcess.WriteBlock(plan.Block);
        return (waiting ?? ReserveShim.Spawn(plan.Mode)).TryGive(plan, block, "test")
            ?? throw new InvalidOperationException("The shim in reserve was gone.");
    }

    private static string NetworkOf(string pid) => new FileInfo($"/proc/{pid}/ns/net").LinkTarget!;

    private static string[] CommandLine(int pid) => File.ReadAllText($"/proc/{pid}/cmdline").Split('\0');

    /// <summary>Children of this process, or its orphans, that wait: other test processes have reserves of their own.</summary>
    private static int[] Reserves() =>
        [
            .. Directory
                .EnumerateDirectories("/proc")
                .Select(Path.GetFileName)
                .Where(name => int.TryParse(name, out _))
                .Select(name => int.Parse(name!, null))
                .Where(pid =>
                    IsWaiting(pid) && ProcessIdentity.TryReadStat(pid, out ProcessStat status) && status.ParentPid == Environment.ProcessId
                ),
        ];

    private static bool IsWaiting(int pid)
    {
        try
        {
            return CommandLine(pid) is ["containerps-shim", "reserve", ..] and var arguments && arguments[4].StartsWith('-');
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static string WaitForNetwork()
    {
        string host = NetworkOf("self");
        return Eventually.Sees(
            () =>
                Directory
                    .EnumerateDirectories("/proc")
                    .Select(Path.GetFileName)
                    .Where(name => int.TryParse(name, out int pid) && IsWaiting(pid))
                    .Select(name => NetworkOf(name!))
                    .FirstOrDefault(network => network != host),
            network => network is not null,
            "a shim in reserve with a network of its own"
        )!;
    }
}

public sealed class ShimReserveTestsOfCopies() : ShimReserveTests(sharesMemory: false);

public sealed class ShimReserveTestsOfSharedMemory() : ShimReserveTests(sharesMemory: true);
