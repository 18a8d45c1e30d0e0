using ContainerPS.Native.Oci;
using ContainerPS.Native.Seccomp;

namespace ContainerPS.Native.Tests.Seccomp;

/// <summary>
/// Two filters run on the same calls: architectures of the filters and some that they do not know; existing numbers, x32's, limits and any;
/// arguments made of what the profile compares them with and of its neighbours, whole and in each half of the word.
/// </summary>
internal static class FilterComparison
{
    private const uint X32Bit = 0x4000_0000;

    private static readonly uint[] _strangers = [0, 1, 0x4000_003e, 0xc000_00b7, 0xffff_ffff];

    /// <summary>A call whose verdict is seen to depend on its arguments is asked about with so many times more of them.</summary>
    private const int Closer = 60;

    public static void Assert(
        LinuxSeccomp profile,
        SeccompFilter one,
        SeccompFilter other,
        Random random,
        int vectors,
        bool everyNumber,
        string what = ""
    )
    {
        uint[] constants = Constants(one).Concat(Constants(other)).Distinct().ToArray();
        uint[] numbers = Numbers(constants, random, everyNumber ? 2048u : 520);
        ulong[][] values = Enumerable.Range(0, 6).Select(index => Values(profile, (uint)index)).ToArray();
        foreach (uint architecture in constants.Where(IsToken).Concat(_strangers).Distinct())
        {
            foreach (uint number in numbers)
            {
                uint first = Compare(one, other, architecture, number, new ulong[6], what);
                int left = vectors;
                for ((int i, bool closer) = (0, false); i < left; i++)
                {
                    bool varies = Compare(one, other, architecture, number, Arguments(values, random), what) != first;
                    (left, closer) = varies && !closer ? (left * Closer, true) : (left, closer);
                }
            }
        }
    }

    private static uint Compare(SeccompFilter one, SeccompFilter other, uint architecture, uint number, ulong[] arguments, string what)
    {
        (uint expected, uint actual) = (
            BpfMachine.Ask(one, architecture, number, arguments),
            BpfMachine.Ask(other, architecture, number, arguments)
        );
        Xunit.Assert.True(
            expected == actual,
            expected == actual
                ? ""
                : $"{what}: architecture 0x{architecture:x}, number 0x{number:x}, "
                    + $"arguments {string.Join(' ', arguments.Select(value => $"0x{value:x}"))}: 0x{actual:x}, not 0x{expected:x}"
        );
        return actual;
    }

    /// <summary>EM_386, EM_X86_64, EM_ARM and EM_AARCH64 with __AUDIT_ARCH_64BIT and __AUDIT_ARCH_LE.</summary>
    private static bool IsToken(uint constant) => constant is BpfMachine.X64 or BpfMachine.X86 or 0x4000_0028 or 0xc000_00b7;

    private static uint[] Constants(SeccompFilter filter) =>
        [.. BpfInstruction.Decode(filter.Program).Select(instruction => instruction.Value).Distinct()];

    private static uint[] Numbers(uint[] constants, Random random, uint count)
    {
        uint[] low = Enumerable.Range(0, (int)count).Select(number => (uint)number).ToArray();
        uint[] limits =
        [
            0x3fff_ffff,
            0x7fff_ffff,
            0x8000_0000,
            0x8000_0001,
            0xbfff_ffff,
            0xc000_0000,
            0xc000_0001,
            0xffff_fffe,
            0xffff_ffff,
        ];
        IEnumerable<uint> any = Enumerable.Range(0, 200).Select(_ => (uint)random.NextInt64(1L << 32));
        IEnumerable<uint> near = constants.SelectMany(constant =>
            (uint[])[constant - 1, constant, constant + 1, constant ^ X32Bit, constant ^ 0x8000_0000]
        );
        return [.. low.Concat(low.Select(number => number | X32Bit)).Concat(limits).Concat(any).Concat(near).Distinct()];
    }

    /// <summary>
    /// What the profile compares an argument with, in both words of a masked comparison; zero for one that it never looks at.
    /// </summary>
    private static ulong[] Values(LinuxSeccomp profile, uint index) =>
        [
            .. (profile.Syscalls ?? [])
                .SelectMany(rule => rule.Args ?? [])
                .Where(argument => argument.Index == index)
                .SelectMany(argument => (ulong[])[argument.Value, argument.ValueTwo])
                .Append(0ul)
                .Distinct(),
        ];

    private static ulong[] Arguments(ulong[][] values, Random random)
    {
        ulong[] arguments = new ulong[values.Length];
        for (int i = 0; i < arguments.Length; i++)
        {
            ulong value = values[i][random.Next(values[i].Length)];
            arguments[i] = random.Next(4) == 0 ? (ulong)Half(values[i], random) << 32 | Half(values[i], random) : Near(value, random);
        }

        return arguments;
    }

    private static ulong Near(ulong value, Random random) =>
        random.Next(8) switch
        {
            0 => value - 1,
            1 => value + 1,
            2 => value + (1ul << 32),
            3 => value - (1ul << 32),
            // What a masked comparison leaves out, and what it does not.
            4 => value ^ 1ul << random.Next(64),
            _ => value,
        };

    private static uint Half(ulong[] values, Random random)
    {
        ulong value = values[random.Next(values.Length)];
        return random.Next(4) switch
        {
            0 => (uint)random.NextInt64(1L << 32),
            1 => ~(uint)value,
            2 => (uint)(value >> 32),
            _ => (uint)value,
        };
    }
}
