using System.Runtime.InteropServices;
using ContainerPS.Native.Linux;
using ContainerPS.Native.Oci;
using ContainerPS.Native.Seccomp;

namespace ContainerPS.Native.Tests.Seccomp;

/// <summary>OCI profiles of every action, operator and mix of architectures, from small to as large as there are calls.</summary>
internal static class RandomProfile
{
    private static readonly string[] _names =
    [
        .. DefaultSeccompProfile
            .Make(CapabilitySet.Known, Architecture.X64)
            .Syscalls!.SelectMany(rule => rule.Names)
            .Append("keyctl")
            .Append("userfaultfd")
            .Distinct(),
    ];

    private static readonly string[] _actions = [.. SeccompNames.Actions];

    private static readonly string[] _architectures =
    [
        "SCMP_ARCH_X86_64",
        "SCMP_ARCH_X86",
        "SCMP_ARCH_X32",
        "SCMP_ARCH_AARCH64",
        "SCMP_ARCH_ARM",
    ];

    public static LinuxSeccomp Make(Random random)
    {
        string[] names = (string[])_names.Clone();
        random.Shuffle(names);
        var left = new Queue<string>(names.Take(random.Next(3) == 0 ? random.Next(1, 12) : random.Next(1, names.Length)));
        int actions = random.Next(1, 5);
        var rules = new List<LinuxSyscall>();
        while (left.Count > 0)
        {
            bool conditional = random.Next(3) == 0;
            string[] taken = Enumerable
                .Range(0, Math.Min(left.Count, random.Next(1, conditional ? 4 : 60)))
                .Select(_ => left.Dequeue())
                .ToArray();
            rules.AddRange(
                conditional ? Conditional(random, taken) : [Rule(random, taken, _actions[random.Next(_actions.Length)], actions)]
            );
        }

        return new LinuxSeccomp
        {
            DefaultAction = _actions[random.Next(_actions.Length)],
            DefaultErrnoRet = (uint)random.Next(1, 134),
            Architectures = [.. _architectures.Where(_ => random.Next(2) == 0)],
            Syscalls = rules,
        };
    }

    private static LinuxSyscall Rule(Random random, string[] names, string action, int errors) =>
        new()
        {
            Names = names,
            Action = action,
            ErrnoRet = action is "SCMP_ACT_ERRNO" or "SCMP_ACT_TRACE" ? (uint)random.Next(1, 1 + 40 * errors) : null,
        };

    /// <summary>Several rules for the same calls, each with conditions of its own on up to three arguments.</summary>
    private static LinuxSyscall[] Conditional(Random random, string[] names)
    {
        LinuxSyscall rule = Rule(random, names, _actions[random.Next(_actions.Length)], 1);
        return [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => rule with { Args = Conditions(random) })];
    }

    private static LinuxSeccompArg[] Conditions(Random random)
    {
        uint[] indices = [0, 1, 2, 3, 4, 5];
        random.Shuffle(indices);
        return [.. indices.Take(random.Next(1, 4)).Select(index => Condition(random, index))];
    }

    private static LinuxSeccompArg Condition(Random random, uint index)
    {
        string operation = SeccompNames.Operators[random.Next(SeccompNames.Operators.Count)];
        (ulong one, ulong two) = (Value(random), Value(random));
        return operation == "SCMP_CMP_MASKED_EQ"
            ? new LinuxSeccompArg
            {
                Index = index,
                Op = operation,
                Value = one,
                ValueTwo = one & two,
            }
            : new LinuxSeccompArg
            {
                Index = index,
                Op = operation,
                Value = one,
            };
    }

    private static ulong Value(Random random) =>
        random.Next(5) switch
        {
            0 => (ulong)random.Next(64),
            1 => (ulong)random.NextInt64(1L << 32),
            2 => (ulong)random.NextInt64(),
            3 => (ulong)random.Next(8) << 32 | (uint)random.Next(8),
            _ => (ulong)random.NextInt64() << 1 | 1,
        };
}
