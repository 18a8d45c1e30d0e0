using System.Buffers.Binary;

namespace ContainerPS.Native.Seccomp;

/// <summary>
/// The few instructions before libseccomp's own that answer ENOSYS to system calls newer than every call the profile names. A profile can only have meant
/// to refuse what existed when it was written; EPERM for a call of tomorrow breaks C libraries, which fall back on ENOSYS alone.
/// </summary>
internal static class UnknownCallStub
{
    // linux/bpf_common.h: BPF_LD|BPF_W|BPF_ABS, BPF_JMP|BPF_JEQ|BPF_K, BPF_JMP|BPF_JGT|BPF_K, BPF_JMP|BPF_JGE|BPF_K, BPF_RET|BPF_K
    private const ushort LoadWord = 0x20, JumpEqual = 0x15, JumpGreater = 0x25, JumpGreaterOrEqual = 0x35, Return = 0x06;

    // struct seccomp_data: nr, arch
    private const uint NumberOffset = 0, ArchitectureOffset = 4;

    /// <summary>AUDIT_ARCH_X86_64 is also x32's; x32 numbers carry this bit and are left to the filter.</summary>
    private const uint X32Bit = 0x4000_0000;

    private const uint ReturnNotImplemented = 0x0005_0000 | 38;

    private const int PerArchitecture = 5;

    /// <summary>For each AUDIT_ARCH value the highest number that is still the profile's business.</summary>
    public static byte[] Make(IReadOnlyList<(uint AuditArchitecture, uint HighestNumber)> architectures)
    {
        var count = architectures.Count * (PerArchitecture + 1);
        var program = new byte[count * SeccompFilter.InstructionSize];
        var at = 0;
        foreach (var (architecture, highest) in architectures)
        {
            var toEnd = count - at;
            Put(program, at++, LoadWord, 0, 0, ArchitectureOffset);
            Put(program, at++, JumpEqual, 0, PerArchitecture - 1, architecture);
            Put(program, at++, LoadWord, 0, 0, NumberOffset);
            Put(program, at++, JumpGreaterOrEqual, (byte)(toEnd - 4), 0, X32Bit);
            Put(program, at++, JumpGreater, 0, (byte)(toEnd - 5), highest);
            Put(program, at++, Return, 0, 0, ReturnNotImplemented);
        }
        return program;
    }

    private static void Put(byte[] program, int index, ushort code, byte whenTrue, byte whenFalse, uint value)
    {
        var instruction = program.AsSpan(index * SeccompFilter.InstructionSize, SeccompFilter.InstructionSize);
        BinaryPrimitives.WriteUInt16LittleEndian(instruction, code);
        instruction[2] = whenTrue;
        instruction[3] = whenFalse;
        BinaryPrimitives.WriteUInt32LittleEndian(instruction[4..], value);
    }
}
