using ContainerPS.Native.Oci;

namespace ContainerPS.Native.Cgroups;

/// <summary>What may be done with a device node; or'ed.</summary>
[Flags]
public enum DeviceAccess
{
    None = 0,
    MakeNode = 1,
    Read = 2,
    Write = 4,
    All = MakeNode | Read | Write,
}

/// <summary>One rule of the device list, checked. Rules stand in order, and the last one that speaks of an access decides on it.</summary>
/// <remarks><see cref="Type"/> is 'a', 'b' or 'c'; a null number means all.</remarks>
public sealed record DeviceRule(bool Allow, char Type, uint? Major, uint? Minor, DeviceAccess Access)
{
    /// <summary>
    /// What every container may use besides what it asks for: the nodes of runtime-spec config-linux.md ("Default Devices"),
    /// pseudo-terminals, and making nodes of any kind, which gives no access to what they name. Docker and runc allow the same.
    /// </summary>
    public static IReadOnlyList<LinuxDeviceCgroup> Defaults { get; } =
    [
        Allowed("c", null, null, "m"),
        Allowed("b", null, null, "m"),
        Allowed("c", 1, 3),
        Allowed("c", 1, 5),
        Allowed("c", 1, 7),
        Allowed("c", 1, 8),
        Allowed("c", 1, 9),
        Allowed("c", 5, 0),
        Allowed("c", 5, 2),
        Allowed("c", 136, null),
    ];

    /// <summary>Everything denied, the defaults allowed, then what is asked for.</summary>
    public static IReadOnlyList<LinuxDeviceCgroup> ForContainer(IReadOnlyList<LinuxDeviceCgroup>? asked = null) =>
        [new() { Allow = false, Access = "rwm" }, .. Defaults, .. asked ?? []];

    /// <summary>Everything allowed: a privileged container.</summary>
    public static IReadOnlyList<LinuxDeviceCgroup> Everything { get; } = [new() { Allow = true, Access = "rwm" }];

    public bool IsForAll => Type == 'a' && Major is null && Minor is null && Access == DeviceAccess.All;

    internal static DeviceRule From(LinuxDeviceCgroup rule)
    {
        char type = rule.Type switch
        {
            null or "" or "a" => 'a',
            "b" => 'b',
            "c" or "u" => 'c',
            _ => throw CgroupException.Invalid("The type of a device rule", $"'{rule.Type}'", "It is a, b or c."),
        };
        return new(rule.Allow, type, Number(rule.Major), Number(rule.Minor), Parse(rule.Access));
    }

    /// <summary>"c 1:3 rwm", as devices.allow takes it.</summary>
    public override string ToString() => IsForAll ? "a" : $"{Type} {Major?.ToString() ?? "*"}:{Minor?.ToString() ?? "*"} {Letters()}";

    private string Letters() =>
        (Access.HasFlag(DeviceAccess.Read) ? "r" : "")
        + (Access.HasFlag(DeviceAccess.Write) ? "w" : "")
        + (Access.HasFlag(DeviceAccess.MakeNode) ? "m" : "");

    // runtime-spec: absent means all; -1 is how Go programs write it.
    private static uint? Number(long? number) =>
        number switch
        {
            null or -1 => null,
            >= 0 and <= uint.MaxValue => (uint)number,
            _ => throw CgroupException.Invalid("The number of a device rule", number, "It is not negative, or -1 for all."),
        };

    private static DeviceAccess Parse(string? access)
    {
        DeviceAccess parsed = DeviceAccess.None;
        foreach (char letter in access is { Length: > 0 } ? access : "rwm")
        {
            parsed |= letter switch
            {
                'r' => DeviceAccess.Read,
                'w' => DeviceAccess.Write,
                'm' => DeviceAccess.MakeNode,
                _ => throw CgroupException.Invalid("The access of a device rule", $"'{access}'", "It is made of r, w and m."),
            };
        }

        return parsed;
    }

    private static LinuxDeviceCgroup Allowed(string type, long? major, long? minor, string access = "rwm") =>
        new()
        {
            Allow = true,
            Type = type,
            Major = major,
            Minor = minor,
            Access = access,
        };
}
