namespace ContainerPS.Native.Launch;

/// <summary>
/// The one message to a shim in reserve: what it would have found in its arguments and inherited, had it been spawned with a plan. The
/// plan's memory file and the plan's descriptors come along (SCM_RIGHTS, man 7 unix), in the order of <see cref="Numbers"/>.
/// </summary>
internal unsafe struct ReserveOrder
{
    /// <summary>Room for a container's id of 64 digits and its NUL.</summary>
    public const int LabelSize = 72;

    /// <summary>How many descriptors the plan inherits; the message carries one more, the plan, before them.</summary>
    public uint Count;

    /// <summary>The numbers under which the plan knows them: ascending, none below 3.</summary>
    public fixed int Numbers[PlanFormat.InheritedCount];

    /// <summary>Shown by ps. NUL-ended.</summary>
    public fixed byte Label[LabelSize];
}
