namespace ContainerPS.Native.Launch;

/// <summary>Where the operations of one track lie.</summary>
internal struct PlanTrackRange
{
    public uint Offset;
    public uint Count;
}

/// <summary>The first <see cref="PlanFormat.HeaderSize"/> bytes of a plan.</summary>
internal unsafe struct PlanHeader
{
    public ulong Magic;
    public uint Version;
    public uint Length;
    public PlanMode Mode;
    public ushort InheritedCount;
    public uint MonitorOffset;
    public uint RelocationOffset;
    public uint RelocationCount;
    public uint DataOffset;
    public uint DataLength;
    public PlanTrackRange Parent;
    public PlanTrackRange Child;
    public PlanTrackRange Helper;
    public PlanTrackRange Exit;
    public PlanTrackRange Settle;

    /// <summary>Descriptors of the starter that stay open, ascending; every other one is closed before anything else happens.</summary>
    public fixed int Inherited[PlanFormat.InheritedCount];
}
