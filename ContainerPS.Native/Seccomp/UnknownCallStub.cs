namespace ContainerPS.Native.Seccomp;

/// <summary>
/// The few instructions before libseccomp's own that answer ENOSYS to system calls newer than every call the profile names. A profile can
/// only have meant to refuse what existed when it was written; EPERM for a call of tomorrow breaks C libraries, which fall back on ENOSYS
/// alone.
/// </summary>
internal static class UnknownCallStub
{
    /// <summary>AUDIT_ARCH_X86_64 is also x32's; x32 numbers carry this bit and are left to the filter.</summary>
    private const uint X32Bit = 0x4000_0000;

    private const uint ReturnNotImplemented = 0x0005_0000 | 38;

    private const int PerArchitecture = 5;

    /// <summary>For each AUDIT_ARCH value the highest number that is still the profile's business.</summary>
    public static byte[] Make(IReadOnlyList<(uint AuditArchitecture, uint HighestNumber)> architectures)
    {
        int count = architectures.Count * (PerArchitecture + 1);
        var program = new List<BpfInstruction>(count);
        foreach ((uint architecture, uint highest) in architectures)
        {
            int toEnd = count - program.Count;
            program.AddRange([
                new(BpfInstruction.LoadWord, 0, 0, BpfInstruction.ArchitectureOffset),
                new(BpfInstruction.JumpEqual, 0, PerArchitecture - 1, architecture),
                new(BpfInstruction.LoadWord, 0, 0, BpfInstruction.NumberOffset),
                new(BpfInstruction.JumpGreaterOrEqual, (byte)(toEnd - 4), 0, X32Bit),
                new(BpfInstruction.JumpGreater, 0, (byte)(toEnd - 5), highest),
                new(BpfInstruction.Return, 0, 0, ReturnNotImplemented),
            ]);
        }

        return BpfInstruction.Encode(program);
    }
}
