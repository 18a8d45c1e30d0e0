using ContainerPS.Engine.Common;
using ContainerPS.Engine.Containers.Limits;
using ContainerPS.Engine.Containers.State;
using ContainerPS.Native.Cgroups;
using ContainerPS.Native.Launch;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Containers.Bundle;

/// <summary>Why a container or a command in it did not come to run, as the engine's errors.</summary>
internal static class StartFailures
{
    public static EngineException ToEngine(Exception failure, ContainerRecord record) =>
        failure switch
        {
            EngineException engine => engine,
            _ when StoreFailure.IsFullDisk(ErrnoOf(failure)) => StoreFailure.FullDisk(
                $"Container '{record.Name}' cannot be started: {failure.Message.TrimEnd('.')}.",
                record.Name,
                failure
            ),
            LaunchException launch => OfLaunch(launch, record, record.Process.Args, isExec: false),
            CgroupException cgroup => CgroupFailures.ToEngine(cgroup, record.Name),
            LinuxException linux => new ContainerStartException(
                ErrorIds.EngineFailure,
                EngineErrorKind.Failure,
                $"Container '{record.Name}' cannot be started: {linux.Message}",
                linux.Errno,
                linux.Call,
                record.Name,
                inner: linux
            ),
            _ => new ContainerStartException(
                ErrorIds.EngineFailure,
                EngineErrorKind.Failure,
                $"Container '{record.Name}' cannot be started: {failure.Message}",
                target: record.Name,
                inner: failure
            ),
        };

    /// <summary>Of a command in a container that runs.</summary>
    public static EngineException OfExec(Exception failure, ContainerRecord record, IReadOnlyList<string> command) =>
        failure switch
        {
            LaunchException launch => OfLaunch(launch, record, command, isExec: true),
            CgroupException cgroup => CgroupFailures.ToEngine(cgroup, record.Name),
            _ => new ContainerStartException(
                ErrorIds.EngineFailure,
                EngineErrorKind.Failure,
                $"{Subject(record, command, isExec: true)} cannot be started: {failure.Message}",
                (failure as LinuxException)?.Errno ?? 0,
                (failure as LinuxException)?.Call,
                record.Name,
                inner: failure
            ),
        };

    private static int ErrnoOf(Exception failure) => (failure as LaunchException)?.Errno ?? (failure as LinuxException)?.Errno ?? 0;

    private static string Subject(ContainerRecord record, IReadOnlyList<string> args, bool isExec) =>
        isExec ? $"The command '{(args.Count > 0 ? args[0] : "")}' in the container '{record.Name}'" : $"Container '{record.Name}'";

    private static EngineException OfLaunch(LaunchException failure, ContainerRecord record, IReadOnlyList<string> args, bool isExec)
    {
        string command = args.Count > 0 ? args[0] : "";
        return failure.Kind switch
        {
            LaunchFailure.CommandNotFound => Start(
                failure,
                record,
                ErrorIds.CommandNotFound,
                EngineErrorKind.InvalidArgument,
                $"There is no command '{command}' in the container '{record.Name}'.",
                "Check its spelling; a name without a slash is looked for in the container's PATH."
            ),
            LaunchFailure.CommandNotExecutable => Start(
                failure,
                record,
                ErrorIds.CommandNotExecutable,
                EngineErrorKind.PermissionDenied,
                $"The command '{command}' of the container '{record.Name}' cannot be executed ({failure.Message})."
            ),
            LaunchFailure.KilledBeforeExec when failure.OomKilled => new ContainerExitException(
                ErrorIds.ContainerOomKilled,
                EngineErrorKind.LimitExceeded,
                $"{Subject(record, args, isExec)} was killed for want of memory before it ran.",
                137,
                "SIGKILL",
                record.Name,
                "Raise its memory limit (MemoryMax).",
                failure
            ),
            LaunchFailure.ContainerGone => new ContainerStateException(
                ErrorIds.ContainerNotRunning,
                $"Container '{record.Name}' cannot be executed in: it has just ended.",
                nameof(ContainerState.Exited),
                nameof(ContainerState.Running),
                record.Name,
                $"Start it first (Start-Container {record.Name})."
            ),
            LaunchFailure.PrivilegeMissing => new ContainerPrivilegeException(
                ErrorIds.NamespaceDenied,
                $"{Subject(record, args, isExec)} cannot be started: {failure.Message}",
                record.Name,
                inner: failure
            ),
            _ => Start(
                failure,
                record,
                ErrorIds.EngineFailure,
                EngineErrorKind.Failure,
                $"{Subject(record, args, isExec)} cannot be started: {failure.Message}"
            ),
        };
    }

    private static ContainerStartException Start(
        LaunchException failure,
        ContainerRecord record,
        string id,
        EngineErrorKind kind,
        string problem,
        string? remedy = null
    ) => new(id, kind, problem, failure.Errno, failure.Syscall, record.Name, remedy, failure);
}
