using System.Buffers.Binary;
using ContainerPS.Native.Seccomp;

namespace ContainerPS.Native.Tests.Seccomp;

/// <summary>
/// Runs a seccomp filter as the kernel would (the classic BPF instructions that filters consist of), so that verdicts are tested, not text.
/// </summary>
internal static class BpfMachine
{
    public const uint X64 = 0xc000_003e,
        X86 = 0x4000_0003;

    /// <summary>The filter's answer to a system call with its arguments.</summary>
    public static uint Ask(SeccompFilter filter, uint architecture, uint number, params ulong[] arguments)
    {
        byte[] data = new byte[64];
        BinaryPrimitives.WriteUInt32LittleEndian(data, number);
        BinaryPrimitives.WriteUInt32LittleEndian(data.AsSpan(4), architecture);
        for (int i = 0; i < arguments.Length; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(data.AsSpan(16 + 8 * i), arguments[i]);
        }

        return Run(filter.Program, data);
    }

    private static uint Run(byte[] program, byte[] data)
    {
        uint accumulator = 0;
        for (int at = 0; ; at++)
        {
            Span<byte> instruction = program.AsSpan(at * 8, 8);
            (ushort code, byte whenTrue, byte whenFalse) = (
                BinaryPrimitives.ReadUInt16LittleEndian(instruction),
                instruction[2],
                instruction[3]
            );
            uint value = BinaryPrimitives.ReadUInt32LittleEndian(instruction[4..]);
            switch (code)
            {
                case 0x20:
                    accumulator = BinaryPrimitives.ReadUInt32LittleEndian(data.AsSpan((int)value));
                    break;
                case 0x54:
                    accumulator &= value;
                    break;
                case 0x05:
                    at += (int)value;
                    break;
                case 0x15:
                    at += accumulator == value ? whenTrue : whenFalse;
                    break;
                case 0x25:
                    at += accumulator > value ? whenTrue : whenFalse;
                    break;
                case 0x35:
                    at += accumulator >= value ? whenTrue : whenFalse;
                    break;
                case 0x06:
                    return value;
                default:
                    throw new InvalidOperationException($"Instruction 0x{code:x} at {at} is not one that filters use.");
            }
        }
    }
}
