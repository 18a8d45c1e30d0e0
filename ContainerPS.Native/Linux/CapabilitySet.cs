using System.Collections.Frozen;
using System.Numerics;

namespace ContainerPS.Native.Linux;

/// <summary>A set of capabilities as the kernel keeps it: bit n is capability n of capabilities(7).</summary>
public readonly record struct CapabilitySet(ulong Bits)
{
    private static readonly string[] _names =
    [
        "CAP_CHOWN",
        "CAP_DAC_OVERRIDE",
        "CAP_DAC_READ_SEARCH",
        "CAP_FOWNER",
        "CAP_FSETID",
        "CAP_KILL",
        "CAP_SETGID",
        "CAP_SETUID",
        "CAP_SETPCAP",
        "CAP_LINUX_IMMUTABLE",
        "CAP_NET_BIND_SERVICE",
        "CAP_NET_BROADCAST",
        "CAP_NET_ADMIN",
        "CAP_NET_RAW",
        "CAP_IPC_LOCK",
        "CAP_IPC_OWNER",
        "CAP_SYS_MODULE",
        "CAP_SYS_RAWIO",
        "CAP_SYS_CHROOT",
        "CAP_SYS_PTRACE",
        "CAP_SYS_PACCT",
        "CAP_SYS_ADMIN",
        "CAP_SYS_BOOT",
        "CAP_SYS_NICE",
        "CAP_SYS_RESOURCE",
        "CAP_SYS_TIME",
        "CAP_SYS_TTY_CONFIG",
        "CAP_MKNOD",
        "CAP_LEASE",
        "CAP_AUDIT_WRITE",
        "CAP_AUDIT_CONTROL",
        "CAP_SETFCAP",
        "CAP_MAC_OVERRIDE",
        "CAP_MAC_ADMIN",
        "CAP_SYSLOG",
        "CAP_WAKE_ALARM",
        "CAP_BLOCK_SUSPEND",
        "CAP_AUDIT_READ",
        "CAP_PERFMON",
        "CAP_BPF",
        "CAP_CHECKPOINT_RESTORE",
    ];

    private static readonly FrozenDictionary<string, int> _numbers = Enumerable
        .Range(0, _names.Length)
        .ToFrozenDictionary(number => _names[number], StringComparer.OrdinalIgnoreCase);

    public static CapabilitySet Empty => default;

    /// <summary>Every capability that has a name here.</summary>
    public static CapabilitySet Known => new((1UL << _names.Length) - 1);

    /// <summary>What Docker gives a container that asks for nothing.</summary>
    public static CapabilitySet DockerDefault { get; } =
        Of(
            "CAP_CHOWN",
            "CAP_DAC_OVERRIDE",
            "CAP_FSETID",
            "CAP_FOWNER",
            "CAP_MKNOD",
            "CAP_NET_RAW",
            "CAP_SETGID",
            "CAP_SETUID",
            "CAP_SETFCAP",
            "CAP_SETPCAP",
            "CAP_NET_BIND_SERVICE",
            "CAP_SYS_CHROOT",
            "CAP_KILL",
            "CAP_AUDIT_WRITE"
        );

    public static IReadOnlyList<string> Names => _names;

    /// <summary>The set of these names; a name no kernel has is an <see cref="ArgumentException"/>.</summary>
    public static CapabilitySet Of(params ReadOnlySpan<string> names)
    {
        CapabilitySet set = Empty;
        foreach (string name in names)
        {
            set = TryParse(name, out CapabilitySet one)
                ? set | one
                : throw new ArgumentException($"There is no capability '{name}'.", nameof(names));
        }

        return set;
    }

    /// <summary>One capability, with or without <c>CAP_</c>, in any case; <c>ALL</c> is every known one.</summary>
    public static bool TryParse(string name, out CapabilitySet set)
    {
        ArgumentNullException.ThrowIfNull(name);
        set = Known;
        if (name.Equals("ALL", StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        bool found = _numbers.TryGetValue(name, out int number) || _numbers.TryGetValue("CAP_" + name, out number);
        set = found ? new CapabilitySet(1UL << number) : Empty;
        return found;
    }

    public bool Contains(string name) => TryParse(name, out CapabilitySet one) && (Bits & one.Bits) == one.Bits;

    public int Count => BitOperations.PopCount(Bits);

    /// <summary>The names of the set, in the kernel's order.</summary>
    public IReadOnlyList<string> ToNames()
    {
        ulong bits = Bits;
        return [.. _names.Where((_, index) => (bits >> index & 1) == 1)];
    }

    public CapabilitySet Except(CapabilitySet other) => new(Bits & ~other.Bits);

    public static CapabilitySet operator |(CapabilitySet left, CapabilitySet right) => new(left.Bits | right.Bits);

    public static CapabilitySet operator &(CapabilitySet left, CapabilitySet right) => new(left.Bits & right.Bits);

    public static CapabilitySet BitwiseOr(CapabilitySet left, CapabilitySet right) => left | right;

    public static CapabilitySet BitwiseAnd(CapabilitySet left, CapabilitySet right) => left & right;
}
