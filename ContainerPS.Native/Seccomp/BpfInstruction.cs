using System.Buffers.Binary;

namespace ContainerPS.Native.Seccomp;

/// <summary>struct sock_filter, and the few codes of linux/bpf_common.h that libseccomp's filters consist of.</summary>
internal readonly record struct BpfInstruction(ushort Code, byte WhenTrue, byte WhenFalse, uint Value)
{
    /// <summary>BPF_LD|BPF_W|BPF_ABS, BPF_ALU|BPF_AND|BPF_K, BPF_JMP|BPF_JA and BPF_RET|BPF_K.</summary>
    public const ushort LoadWord = 0x20,
        And = 0x54,
        Jump = 0x05,
        Return = 0x06;

    /// <summary>BPF_JMP with BPF_K and BPF_JEQ, BPF_JGT, BPF_JGE.</summary>
    public const ushort JumpEqual = 0x15,
        JumpGreater = 0x25,
        JumpGreaterOrEqual = 0x35;

    /// <summary>struct seccomp_data: nr, arch, instruction_pointer, args[6].</summary>
    public const uint NumberOffset = 0,
        ArchitectureOffset = 4,
        DataSize = 64;

    public static BpfInstruction[] Decode(ReadOnlySpan<byte> program)
    {
        var instructions = new BpfInstruction[program.Length / SeccompFilter.InstructionSize];
        for (int i = 0; i < instructions.Length; i++)
        {
            ReadOnlySpan<byte> bytes = program.Slice(i * SeccompFilter.InstructionSize, SeccompFilter.InstructionSize);
            instructions[i] = new(
                BinaryPrimitives.ReadUInt16LittleEndian(bytes),
                bytes[2],
                bytes[3],
                BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..])
            );
        }

        return instructions;
    }

    public static byte[] Encode(IReadOnlyList<BpfInstruction> instructions)
    {
        byte[] program = new byte[instructions.Count * SeccompFilter.InstructionSize];
        for (int i = 0; i < instructions.Count; i++)
        {
            Span<byte> bytes = program.AsSpan(i * SeccompFilter.InstructionSize, SeccompFilter.InstructionSize);
            BinaryPrimitives.WriteUInt16LittleEndian(bytes, instructions[i].Code);
            bytes[2] = instructions[i].WhenTrue;
            bytes[3] = instructions[i].WhenFalse;
            BinaryPrimitives.WriteUInt32LittleEndian(bytes[4..], instructions[i].Value);
        }

        return program;
    }
}
