namespace ContainerPS;

/// <summary>A throttle of one block device; null members are not limited.</summary>
public sealed record IoLimit
{
    /// <summary>major:minor, or the path of the device node.</summary>
    public required string Device { get; init; }

    /// <summary>Bytes a second.</summary>
    public long? ReadBps { get; init; }

    /// <summary>Bytes a second.</summary>
    public long? WriteBps { get; init; }

    public long? ReadIops { get; init; }

    public long? WriteIops { get; init; }

    public override string ToString()
    {
        var parts = new List<string> { Device };
        void Add(string key, long? value)
        {
            if (value is not null)
            {
                parts.Add(FormattableString.Invariant($"{key}={value}"));
            }
        }

        Add("rbps", ReadBps);
        Add("wbps", WriteBps);
        Add("riops", ReadIops);
        Add("wiops", WriteIops);
        return string.Join(' ', parts);
    }
}

/// <summary>A latency target of one block device (cgroup v2 io.latency).</summary>
/// <param name="Device">major:minor, or the path of the device node.</param>
/// <param name="Target">Peers are throttled when the device answers slower than this.</param>
public sealed record IoLatency(string Device, TimeSpan Target)
{
    public override string ToString() => FormattableString.Invariant($"{Device} target={Target.Ticks / TimeSpan.TicksPerMicrosecond}us");
}

/// <summary>A limit on huge pages of one size.</summary>
/// <param name="PageSize">As the kernel names it: 2MB, 1GB.</param>
/// <param name="Limit">Bytes.</param>
public sealed record HugetlbLimit(string PageSize, long Limit)
{
    public override string ToString() => FormattableString.Invariant($"{PageSize}={Limit}");
}
