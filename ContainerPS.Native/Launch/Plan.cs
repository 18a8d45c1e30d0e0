namespace ContainerPS.Native.Launch;

/// <summary>A finished plan: the block for the shim, and the sentences that explain its failures.</summary>
internal sealed class Plan
{
    private readonly IReadOnlyDictionary<PlanTrackName, IReadOnlyList<string>> sentences;

    internal Plan(PlanMode mode, byte[] block, IReadOnlyCollection<int> inherited, IReadOnlyDictionary<PlanTrackName, IReadOnlyList<string>> sentences)
    {
        Mode = mode;
        Block = block;
        Inherited = inherited;
        this.sentences = sentences;
    }

    public PlanMode Mode { get; }

    public byte[] Block { get; }

    /// <summary>Descriptors that the shim must find open.</summary>
    public IReadOnlyCollection<int> Inherited { get; }

    /// <summary>What an operation was about, in the continuous form: "mounting proc on /proc".</summary>
    public string SentenceOf(PlanTrackName track, int operation) =>
        sentences.TryGetValue(track, out IReadOnlyList<string>? list) && (uint)operation < (uint)list.Count ? list[operation] : "setting up the container";
}
