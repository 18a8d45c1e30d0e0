using System.Runtime.InteropServices;
using ContainerPS.Native.Linux;
using ContainerPS.Native.Oci;
using ContainerPS.Native.Seccomp;

namespace ContainerPS.Native.Tests.Seccomp;

/// <summary>OCI profiles of every action, operator and mix of architectures, from small to as large as there are calls.</summary>
internal static class RandomProfile
{
    private static readonly string[] s_names =
        [.. DefaultSeccompProfile.Make(CapabilitySet.Known, Architecture.X64).Syscalls!.SelectMany(rule => rule.Names).Append("keyctl").Append("userfaultfd").Distinct()];

    private static readonly string[] s_actions = [.. SeccompNames.Actions];

    private static readonly string[] s_architectures = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32", "SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"];

    public static LinuxSeccomp Make(Random random)
    {
        var names = (string[])s_names.Clone();
        random.Shuffle(names);
        var left = new Queue<string>(names.Take(random.Next(3) == 0 ? random.Next(1, 12) : random.Next(1, names.Length)));
        var actions = random.Next(1, 5);
        var rules = new List<LinuxSyscall>();
        while (left.Count > 0)
        {
            var conditional = random.Next(3) == 0;
            var taken = Enumerable.Range(0, Math.Min(left.Count, random.Next(1, conditional ? 4 : 60))).Select(_ => left.Dequeue()).ToArray();
            rules.AddRange(conditional ? Conditional(random, taken) : [Rule(random, taken, s_actions[random.Next(s_actions.Length)], actions)]);
        }
        return new LinuxSeccomp
        {
            DefaultAction = s_actions[random.Next(s_actions.Length)],
            DefaultErrnoRet = (uint)random.Next(1, 134),
            Architectures = [.. s_architectures.Where(_ => random.Next(2) == 0)],
            Syscalls = rules,
        };
    }

    private static LinuxSyscall Rule(Random random, string[] names, string action, int errors) =>
        new() { Names = names, Action = action, ErrnoRet = action is "SCMP_ACT_ERRNO" or "SCMP_ACT_TRACE" ? (uint)random.Next(1, 1 + 40 * errors) : null };

    /// <summary>Several rules for the same calls, each with conditions of its own on up to three arguments.</summary>
    private static LinuxSyscall[] Conditional(Random random, string[] names)
    {
        var rule = Rule(random, names, s_actions[random.Next(s_actions.Length)], 1);
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
        var operation = SeccompNames.Operators[random.Next(SeccompNames.Operators.Count)];
        var (one, two) = (Value(random), Value(random));
        return operation == "SCMP_CMP_MASKED_EQ"
            ? new LinuxSeccompArg { Index = index, Op = operation, Value = one, ValueTwo = one & two }
            : new LinuxSeccompArg { Index = index, Op = operation, Value = one };
    }

    private static ulong Value(Random random) => random.Next(5) switch
    {
        0 => (ulong)random.Next(64),
        1 => (ulong)random.NextInt64(1L << 32),
        2 => (ulong)random.NextInt64(),
        3 => (ulong)random.Next(8) << 32 | (uint)random.Next(8),
        _ => (ulong)random.NextInt64() << 1 | 1,
    };
}
