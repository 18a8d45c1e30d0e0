using ContainerPS.Native.Launch;

namespace ContainerPS.Native.Shim.Protocol;

/// <summary>
/// The way back to the starter: one SOCK_SEQPACKET message each, never waited for. A starter that died or does not read loses messages;
/// the container's own records (state, exits) do not depend on it.
/// </summary>
internal static unsafe class StatusSocket
{
    public static int Descriptor;

    public static void Send(PlanStatus* status) =>
        Sys.Call(SystemCall.sendto, Descriptor, (long)status, PlanStatus.Size, MSG_NOSIGNAL | MSG_DONTWAIT);

    public static void Refuse(PlanRefusal refusal)
    {
        PlanStatus status = default;
        status.Kind = PlanStatusKind.Refused;
        status.Detail = (long)refusal;
        status.AtNanoseconds = Sys.RealTime();
        Send(&status);
    }

    public static void Fail(PlanTrackName track, int operation, int errno, long detail)
    {
        PlanStatus status = default;
        status.Kind = PlanStatusKind.Failed;
        status.Track = (uint)track;
        status.Operation = operation;
        status.Errno = errno;
        status.Detail = detail;
        status.AtNanoseconds = Sys.RealTime();
        Send(&status);
    }

    public static void Exited(PlanStatusKind kind, ExitStatus* exit, int operation)
    {
        PlanStatus status = default;
        status.Kind = kind;
        status.Track = (uint)PlanTrackName.Child;
        status.Operation = operation;
        status.Code = exit->Code;
        status.Signal = exit->Signal;
        status.OomKilled = exit->OomKilled ? 1u : 0;
        status.Pid = ContainerProcess.Pid;
        status.AtNanoseconds = exit->AtNanoseconds;
        Send(&status);
    }
}
