namespace ContainerPS.Native.Shim.Protocol;

/// <summary>What an operation can answer beside 0 and -errno; beyond the range of errno (4095).</summary>
internal static class Outcome
{
    /// <summary>The child told that an operation of its own failed; <see cref="Channel.Last"/> has it.</summary>
    public const long ChildFailed = -5000;

    /// <summary>The child is dead and has not executed.</summary>
    public const long ChildGone = -5001;
}
