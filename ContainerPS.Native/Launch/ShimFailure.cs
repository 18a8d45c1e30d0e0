using ContainerPS.Native.Linux;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Launch;

/// <summary>
/// Explains from the parent what failed between clone and exec: the shim knows an index and an errno, the plan knows the sentence.
/// </summary>
internal static class ShimFailure
{
    public static LaunchException Explain(Plan plan, in PlanStatus status) =>
        status.Kind switch
        {
            PlanStatusKind.Failed => Failed(plan, status),
            PlanStatusKind.ExitedBeforeExec => Killed(status),
            PlanStatusKind.Refused => new LaunchException(LaunchFailure.Shim, $"The shim refused its plan: {(PlanRefusal)status.Detail}."),
            _ => new LaunchException(LaunchFailure.Shim, $"The shim answered {status.Kind}, which is not the start of a process."),
        };

    private static LaunchException Failed(Plan plan, in PlanStatus status)
    {
        var track = (PlanTrackName)status.Track;
        PlanOperationCode code = plan.CodeOf(track, status.Operation);
        string sentence = plan.SentenceOf(track, status.Operation);
        string call = plan.CallOf(track, status.Operation);
        return new LaunchException(
            KindOf(code, status.Errno),
            $"{char.ToUpperInvariant(sentence[0])}{sentence[1..]} failed: {Cause(code, call, status)}."
        )
        {
            Errno = status.Errno,
            Operation = sentence,
            Syscall = call,
        };
    }

    private static LaunchFailure KindOf(PlanOperationCode code, int errno) =>
        (code, errno) switch
        {
            (PlanOperationCode.Exec, ENOENT) => LaunchFailure.CommandNotFound,
            (PlanOperationCode.Exec, _) => LaunchFailure.CommandNotExecutable,
            (_, EPERM) => LaunchFailure.PrivilegeMissing,
            _ => LaunchFailure.Setup,
        };

    private static string Cause(PlanOperationCode code, string call, in PlanStatus status) =>
        code switch
        {
            PlanOperationCode.SpawnHook when status.Detail != 0 => (PlanHookFailure)(status.Detail >> 32) switch
            {
                PlanHookFailure.ExitCode => $"the hook exited with {(int)status.Detail}",
                PlanHookFailure.Signal => $"the hook was killed by signal {(int)status.Detail}",
                _ => "the hook did not end in its time and was killed",
            },
            PlanOperationCode.Expect or PlanOperationCode.ExpectFileSystem => $"found {status.Detail} ({Errno.Name(status.Errno)})",
            _ => $"{call}: {Errno.Name(status.Errno)} ({status.Errno}), {Errno.Text(status.Errno)}",
        };

    private static LaunchException Killed(in PlanStatus status) =>
        new(
            LaunchFailure.KilledBeforeExec,
            status.OomKilled != 0
                    ? "The process was killed for memory before it could execute: the memory limit is too small even for the start."
                : status.Signal != 0 ? $"The process was killed by signal {status.Signal} before it could execute."
                : $"The process ended with code {status.Code} before it could execute."
        )
        {
            Signal = status.Signal,
            OomKilled = status.OomKilled != 0,
        };
}
