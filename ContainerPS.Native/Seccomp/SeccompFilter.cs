namespace ContainerPS.Native.Seccomp;

/// <summary>A compiled profile: struct sock_filter[] as bytes, and the flags of seccomp(SECCOMP_SET_MODE_FILTER, flags).</summary>
public sealed record SeccompFilter(byte[] Program, uint Flags)
{
    /// <summary>struct sock_filter is 8 bytes.</summary>
    public const int InstructionSize = 8;

    public int InstructionCount => Program.Length / InstructionSize;
}
