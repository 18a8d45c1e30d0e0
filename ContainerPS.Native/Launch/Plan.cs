namespace ContainerPS.Native.Launch;

/// <summary>A finished plan: the block for the shim, and the sentences that explain its failures.</summary>
internal sealed class Plan
{
    private readonly PlanBuilder _tracks;

    internal Plan(PlanMode mode, byte[] block, IReadOnlyCollection<int> inherited, PlanBuilder tracks)
    {
        Mode = mode;
        Block = block;
        Inherited = inherited;
        this._tracks = tracks;
    }

    public PlanMode Mode { get; }

    public byte[] Block { get; }

    /// <summary>Descriptors that the shim must find open.</summary>
    public IReadOnlyCollection<int> Inherited { get; }

    /// <summary>What an operation was about, in the continuous form: "mounting proc on /proc".</summary>
    public string SentenceOf(PlanTrackName track, int operation) =>
        Has(track, operation) ? _tracks.Track(track)!.SentenceAt(operation) : "setting up the container";

    public PlanOperationCode CodeOf(PlanTrackName track, int operation) =>
        Has(track, operation) ? _tracks.Track(track)!.OperationAt(operation).Code : 0;

    /// <summary>The system call, or what comes nearest to one: "mount", "openat2", "execve".</summary>
    public string CallOf(PlanTrackName track, int operation)
    {
        if (!Has(track, operation))
        {
            return "";
        }

        PlanOperation failed = _tracks.Track(track)!.OperationAt(operation);
        return failed.Code switch
        {
            PlanOperationCode.Syscall or PlanOperationCode.SyscallWhileBusy => ((SystemCall)failed.Number).ToString(),
            PlanOperationCode.Clone => "clone3",
            PlanOperationCode.Resolve => "openat2",
            PlanOperationCode.Exec or PlanOperationCode.SpawnHook => "execve",
            PlanOperationCode.WriteFile or PlanOperationCode.WriteDescriptor => "write",
            PlanOperationCode.ExpectFileType => "fstat",
            PlanOperationCode.ExpectFileSystem => "fstatfs",
            PlanOperationCode.VerifyWorkingDirectory => "getcwd",
            _ => failed.Code.ToString(),
        };
    }

    private bool Has(PlanTrackName track, int operation) => _tracks.Track(track) is { } known && (uint)operation < (uint)known.Count;
}
