using ContainerPS.Native.Launch.Planner;
using ContainerPS.Native.Launch.Users;
using ContainerPS.Native.Linux;
using ContainerPS.Native.Oci;
using ContainerPS.Native.Seccomp;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Launch;

/// <summary>
/// Starts containers and processes in them. Plans everything, then spawns the shim, which clones; slow preparations run beside it. What
/// fails between clone and exec is thrown as <see cref="LaunchException"/> with the plan's sentence, and nothing of the start is left
/// running.
/// </summary>
public static class ContainerLauncher
{
    /// <summary>Returns when the container's program is proven to run (with an exec FIFO: when it waits there).</summary>
    public static LaunchedContainer Start(LaunchRequest request, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ProcessSteps.Validate(request.Spec.Process);
        RefuseChroot();
        try
        {
            return StartOnce(request, cancellation);
        }
        catch (RootRefusedException)
        {
            // The cgroup is made; without a preparation the container's process makes its root itself.
            return StartOnce(request with { PrepareCgroup = null, Meanwhile = null }, cancellation);
        }
    }

    private static StartedProcess StartOnce(LaunchRequest request, CancellationToken cancellation)
    {
        using var preparation = new StartPreparation(request);
        Spec spec = request.Spec with
        {
            Process = ProcessIdentityResolver.Resolve(request.Spec.Process!, () => RootFsView.Open(request.RootFs)),
        };
        SeccompFilter? filter = FilterOf(spec, request.SeccompCacheDirectory);
        using var streams = StartStreams.ForContainer(request, spec);
        PlannerFacts facts = HostFactsReader.Read(spec, request.Cgroup);
        HandedOver handedOver = streams.HandedOver with { Go = preparation.Go, RootFollows = preparation.MakesRoot };
        CgroupEntry cgroup = HostFactsReader.EntryOf(request.Cgroup, mayMiss: preparation.Go is not null);
        Plan plan = ContainerPlanner.Plan(request with { Spec = spec }, facts, cgroup, handedOver, filter).Build();
        return Finish(Spawn(plan, request.ContainerId), plan, streams, preparation, cancellation);
    }

    /// <summary>Returns when the process is proven to run.</summary>
    public static LaunchedProcess Exec(ExecRequest request, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ProcessSteps.Validate(request.Process);
        using FileDescriptor container = OpenContainer(request);
        // A process that joins a frozen cgroup freezes before its exec, and its starter waits for ever.
        if (request.Cgroup?.IsFrozen == true)
        {
            throw new LaunchException(LaunchFailure.ContainerFrozen, $"The container {request.ContainerId} is paused.");
        }

        Process process = ProcessIdentityResolver.Resolve(request.Process, () => RootFsView.OfProcess(request.ContainerPid));
        SeccompFilter? filter = FilterOf(request.Spec, request.SeccompCacheDirectory);
        using var streams = StartStreams.ForExec(request.Stdio);
        HandedOver handedOver = streams.HandedOver with { Container = container.Number };
        Plan plan = ExecPlanner
            .Plan(
                request with
                {
                    Process = process,
                },
                HostFactsReader.Read(request.Spec with { Mounts = null }, request.Cgroup),
                ExecCgroup.EntryOf(request),
                handedOver,
                filter
            )
            .Build();
        bool needsOurStreams = request.Stdio.Inherit || request.PreservedDescriptors > 0;
        return Finish(
            needsOurStreams ? ShimProcess.Start(plan, request.ContainerId) : Spawn(plan, request.ContainerId),
            plan,
            streams,
            null,
            cancellation
        );
    }

    /// <summary>
    /// Gives a container whose monitor died a new one; returns when it holds the lock. Throws when somebody else was faster.
    /// </summary>
    public static void Adopt(AdoptRequest request, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        using FileDescriptor pidfd = StartStreams.OpenProcess(request.Pid);
        using FileDescriptor? starter = request.Monitor.EndWithStarter ? StartStreams.OpenProcess(Environment.ProcessId) : null;
        using var shim = ShimProcess.Start(
            AdoptPlanner
                .Plan(
                    request,
                    pidfd,
                    File.Exists($"{request.Monitor.RunDirectory}/{StdioSteps.StdinName}"),
                    starter,
                    HostFactsReader.EntryOf(request.Cgroup, mayMiss: true)
                )
                .Build(),
            request.ContainerId
        );
        shim.ReceiveStart(cancellation);
    }

    private static ShimProcess Spawn(Plan plan, string label) =>
        ShimReserve.Of(plan.Mode) is { } reserve ? reserve.Start(plan, label) : ShimProcess.Start(plan, label);

    private static StartedProcess Finish(
        ShimProcess shim,
        Plan plan,
        StartStreams streams,
        StartPreparation? preparation,
        CancellationToken cancellation
    )
    {
        try
        {
            streams.CloseGiven();
            preparation?.Run(shim);
            PlanStatus started = ReceiveStart(shim, cancellation);
            ((Stream? Stdin, Stream? Stdout, Stream? Stderr) mine, ShimReserve? reserve) = (streams.TakeMine(), ShimReserve.Of(plan.Mode));
            bool isWaitedFor = mine.Stdout is not null;
            if (!isWaitedFor)
            {
                reserve?.Replenish();
            }

            FileDescriptor? creator = started.Kind == PlanStatusKind.Created ? preparation?.TakeSocket() : null;
            return new StartedProcess(shim, started, mine, creator, isWaitedFor && reserve is not null ? reserve.Replenish : null);
        }
        catch
        {
            shim.Dispose();
            throw;
        }
    }

    /// <summary>
    /// pivot_root in a chroot leaves the host's real root at the bottom of the container's mount namespace: an exec would enter that (man 2
    /// setns), and a container with CAP_SYS_CHROOT, which it has by default, climbs out to it.
    /// </summary>
    private static void RefuseChroot()
    {
        if (ProcessRoot.IsChroot)
        {
            throw new LaunchException(
                LaunchFailure.PrivilegeMissing,
                "this process runs in a chroot, and the root of the host would stay reachable from the container's mount namespace. "
                    + "Enter the directory by pivot_root in a mount namespace of its own (unshare --mount, pivot_root) instead of chroot"
            );
        }
    }

    private static SeccompFilter? FilterOf(Spec spec, string? cacheDirectory) =>
        spec.Linux?.Seccomp is { DefaultAction.Length: > 0 } profile ? SeccompCache.Get(profile, cacheDirectory) : null;

    private static FileDescriptor OpenContainer(ExecRequest request)
    {
        var pidfd = Pidfd.TryOpen(request.ContainerPid);
        // The descriptor first, then the start time: from here on the pid cannot become another process's.
        if (
            pidfd is null
            || !ProcessIdentity.TryReadStat(request.ContainerPid, out ProcessStat status)
            || status.StartTicks != request.ContainerStartTicks
            || status.IsDead
        )
        {
            pidfd?.Dispose();
            throw new LaunchException(LaunchFailure.ContainerGone, $"The container {request.ContainerId} is not running.");
        }

        return StartStreams.Raise(pidfd.Descriptor);
    }

    /// <summary>A command that is missing at OCI create is the same to the caller as one that is missing at exec.</summary>
    private static PlanStatus ReceiveStart(ShimProcess shim, CancellationToken cancellation)
    {
        try
        {
            return shim.ReceiveStart(cancellation);
        }
        catch (LaunchException failure) when (failure.Operation == ProcessSteps.LookingForCommand)
        {
            LaunchFailure kind = failure.Errno == ENOENT ? LaunchFailure.CommandNotFound : LaunchFailure.CommandNotExecutable;
            throw new LaunchException(kind, failure.Message, failure)
            {
                Errno = failure.Errno,
                Operation = failure.Operation,
                Syscall = failure.Syscall,
            };
        }
    }
}
