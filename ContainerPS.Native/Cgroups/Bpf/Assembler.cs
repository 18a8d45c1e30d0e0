using System.Runtime.InteropServices;
using ContainerPS.Native.Interop;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Cgroups.Bpf;

/// <summary>The few instructions of eBPF that a device program needs (Documentation/bpf/standardization/instruction-set.rst).</summary>
internal sealed class Assembler
{
    private readonly List<bpf_insn> _instructions = [];

    public int Count => _instructions.Count;

    /// <summary>dst = *(u32 *)(src + offset)</summary>
    public void Load(int destination, int source, short offset) => Emit(BPF_LDX | BPF_MEM | BPF_W, destination, source, offset, 0);

    public void Move(int destination, int value) => Emit(BPF_ALU | BPF_MOV | BPF_K, destination, 0, 0, value);

    public void MoveRegister(int destination, int source) => Emit(BPF_ALU | BPF_MOV | BPF_X, destination, source, 0, 0);

    public void And(int destination, int value) => Emit(BPF_ALU | BPF_AND | BPF_K, destination, 0, 0, value);

    public void ShiftRight(int destination, int bits) => Emit(BPF_ALU | BPF_RSH | BPF_K, destination, 0, 0, bits);

    public void Return(int value)
    {
        Move(BPF_REG_0, value);
        Emit(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
    }

    /// <summary>A jump whose target is set by <see cref="Land"/>; 32 bits wide, so that device numbers compare without a sign.</summary>
    public int JumpIfNot(int register, uint value) => Jump(BPF_JMP32 | BPF_JNE | BPF_K, register, value);

    public int JumpIf(int register, uint value) => Jump(BPF_JMP32 | BPF_JEQ | BPF_K, register, value);

    /// <summary>Points a jump at the next instruction.</summary>
    public void Land(int jump)
    {
        bpf_insn instruction = _instructions[jump];
        instruction.off = checked((short)(_instructions.Count - jump - 1));
        _instructions[jump] = instruction;
    }

    public byte[] ToArray() => MemoryMarshal.AsBytes<bpf_insn>(_instructions.ToArray()).ToArray();

    private int Jump(int code, int register, uint value)
    {
        Emit(code, register, 0, 0, (int)value);
        return _instructions.Count - 1;
    }

    // dst_reg is the low nibble on little-endian machines, the only ones here.
    private void Emit(int code, int destination, int source, short offset, int immediate) =>
        _instructions.Add(
            new()
            {
                code = (byte)code,
                dst_src = (byte)(destination | (source << 4)),
                off = offset,
                imm = immediate,
            }
        );
}
