namespace ContainerPS.Native.Seccomp;

/// <summary>The runtime-spec's names of actions, operators, architectures and flags, with the kernel's and libseccomp's values.</summary>
public static class SeccompNames
{
    internal const uint ActionAllow = 0x7fff_0000,
        ActionLog = 0x7ffc_0000,
        ActionTrace = 0x7ff0_0000,
        ActionErrno = 0x0005_0000;

    private static readonly (string Name, uint Value, bool TakesNumber)[] _actions =
    [
        ("SCMP_ACT_KILL", 0, false),
        ("SCMP_ACT_KILL_THREAD", 0, false),
        ("SCMP_ACT_KILL_PROCESS", 0x8000_0000, false),
        ("SCMP_ACT_TRAP", 0x0003_0000, false),
        ("SCMP_ACT_ERRNO", ActionErrno, true),
        ("SCMP_ACT_TRACE", ActionTrace, true),
        ("SCMP_ACT_LOG", ActionLog, false),
        ("SCMP_ACT_ALLOW", ActionAllow, false),
    ];

    private static readonly string[] _operators =
    [
        "",
        "SCMP_CMP_NE",
        "SCMP_CMP_LT",
        "SCMP_CMP_LE",
        "SCMP_CMP_EQ",
        "SCMP_CMP_GE",
        "SCMP_CMP_GT",
        "SCMP_CMP_MASKED_EQ",
    ];

    private static readonly (string Name, uint Value)[] _flags =
    [
        ("SECCOMP_FILTER_FLAG_TSYNC", 1),
        ("SECCOMP_FILTER_FLAG_LOG", 2),
        ("SECCOMP_FILTER_FLAG_SPEC_ALLOW", 4),
    ];

    private const string ArchitecturePrefix = "SCMP_ARCH_";

    public static IReadOnlyList<string> Actions => [.. _actions.Select(action => action.Name)];

    public static IReadOnlyList<string> Operators => [.. _operators.Skip(1)];

    public static IReadOnlyList<string> Flags => [.. _flags.Select(flag => flag.Name)];

    public static IReadOnlyList<string> Architectures { get; } =
    [
        .. (
            (string[])
                [
                    "AARCH64",
                    "ARM",
                    "LOONGARCH64",
                    "MIPS",
                    "MIPS64",
                    "MIPS64N32",
                    "MIPSEL",
                    "MIPSEL64",
                    "MIPSEL64N32",
                    "PPC",
                    "PPC64",
                    "PPC64LE",
                    "RISCV64",
                    "S390",
                    "S390X",
                    "X32",
                    "X86",
                    "X86_64",
                ]
        ).Select(name => ArchitecturePrefix + name),
    ];

    /// <summary>Errno and trace carry a number of 16 bits; without one it is EPERM, as in runc.</summary>
    internal static uint Action(string name, uint? number)
    {
        foreach ((string? known, uint value, bool takesNumber) in _actions)
        {
            if (known == name)
            {
                return takesNumber ? value | (number ?? 1) & 0xffff : value;
            }
        }

        throw new SeccompException(
            name == "SCMP_ACT_NOTIFY"
                ? "The seccomp profile wants SCMP_ACT_NOTIFY: handing system calls to a listener is not supported."
                : $"The seccomp profile names the unknown action '{name}'."
        );
    }

    internal static int Operator(string name)
    {
        int index = Array.IndexOf(_operators, name);
        return index > 0 ? index : throw new SeccompException($"The seccomp profile names the unknown operator '{name}'.");
    }

    /// <summary>libseccomp's own spelling: SCMP_ARCH_X86_64 is x86_64.</summary>
    internal static string Architecture(string name) =>
        name.StartsWith(ArchitecturePrefix, StringComparison.Ordinal)
            ? name[ArchitecturePrefix.Length..].ToLowerInvariant()
            : throw new SeccompException($"The seccomp profile names the unknown architecture '{name}'.");

    /// <summary>
    /// Without a list, SPEC_ALLOW as runc has it: the speculation barriers that a filter would switch on cost more than they guard since
    /// the kernel's own mitigations.
    /// </summary>
    internal static uint FlagBits(IReadOnlyList<string>? names)
    {
        const uint specAllow = 4;
        return names is null ? specAllow : names.Aggregate(0u, (bits, name) => bits | Flag(name));
    }

    private static uint Flag(string name)
    {
        int index = Array.FindIndex(_flags, flag => flag.Name == name);
        return index >= 0 ? _flags[index].Value : throw new SeccompException($"The seccomp profile names the unsupported flag '{name}'.");
    }
}
