using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;

namespace ContainerPS.Commands;

/// <summary>The limits of a cgroup as parameters, the same when a container is created and when it is changed.</summary>
public abstract class LimitCmdlet : EngineCmdlet
{
    private protected LimitCmdlet() { }

    /// <summary>Limits of another container, or a request: the base that the other parameters change.</summary>
    [Parameter]
    [LimitArgument]
    public CgroupLimitRequest? Limit { get; set; }

    /// <summary>CPUs worth of time.</summary>
    [Parameter]
    [CpusArgument]
    public decimal? Cpus { get; set; }

    /// <summary>Microseconds in each period.</summary>
    [Parameter]
    [ValidateRange(-1, int.MaxValue)]
    public int? CpuQuota { get; set; }

    /// <summary>Microseconds.</summary>
    [Parameter]
    [ValidateRange(1000, 1_000_000)]
    public int? CpuPeriod { get; set; }

    /// <summary>Microseconds.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int? CpuBurst { get; set; }

    /// <summary>1 to 10000.</summary>
    [Parameter]
    [ValidateRange(1, 10000)]
    public int? CpuWeight { get; set; }

    /// <summary>2 to 262144.</summary>
    [Parameter]
    [ValidateRange(2, 262144)]
    public int? CpuShares { get; set; }

    /// <summary>Only when nothing else wants the CPU.</summary>
    [Parameter]
    public SwitchParameter CpuIdle { get; set; }

    /// <summary>A list such as 0-1,3.</summary>
    [Parameter]
    [CpuListArgument]
    public string? CpusetCpus { get; set; }

    /// <summary>A list such as 0.</summary>
    [Parameter]
    [CpuListArgument]
    public string? CpusetMems { get; set; }

    /// <summary>Memory.</summary>
    [Parameter]
    [Alias("Memory")]
    [ByteSizeArgument]
    public ByteSize? MemoryMax { get; set; }

    /// <summary>Memory above which it is slowed down.</summary>
    [Parameter]
    [ByteSizeArgument]
    public ByteSize? MemoryHigh { get; set; }

    /// <summary>Memory that is reclaimed last.</summary>
    [Parameter]
    [Alias("MemoryReservation")]
    [ByteSizeArgument]
    public ByteSize? MemoryLow { get; set; }

    /// <summary>Memory that is never reclaimed.</summary>
    [Parameter]
    [ByteSizeArgument]
    public ByteSize? MemoryMin { get; set; }

    /// <summary>Swap alone.</summary>
    [Parameter]
    [ByteSizeArgument]
    public ByteSize? MemorySwapMax { get; set; }

    /// <summary>Memory and swap together.</summary>
    [Parameter]
    [ByteSizeArgument]
    public ByteSize? MemorySwap { get; set; }

    /// <summary>An OOM kill takes all processes.</summary>
    [Parameter]
    public SwitchParameter MemoryOomGroup { get; set; }

    /// <summary>Processes and threads.</summary>
    [Parameter]
    [Alias("PidsLimit")]
    [CountArgument]
    public int? PidsMax { get; set; }

    /// <summary>1 to 10000.</summary>
    [Parameter]
    [ValidateRange(1, 10000)]
    public int? IoWeight { get; set; }

    /// <summary>Throttles of block devices.</summary>
    [Parameter]
    [IoMaxArgument]
    [SuppressMessage("Performance", "CA1819", Justification = "PowerShell binds arrays.")]
    public IoLimit[]? IoMax { get; set; }

    /// <summary>Latency targets of block devices.</summary>
    [Parameter]
    [IoLatencyArgument]
    public IoLatency[]? IoLatency { get; set; }

    /// <summary>Huge pages.</summary>
    [Parameter]
    [HugetlbArgument]
    public HugetlbLimit[]? HugetlbMax { get; set; }

    /// <summary>Any file of cgroup v2.</summary>
    [Parameter]
    [KeyValueArgument]
    public IReadOnlyDictionary<string, string?>? Unified { get; set; }

    /// <summary>What was asked for.</summary>
    private protected CgroupLimitRequest RequestedLimits() =>
        (Limit ?? new CgroupLimitRequest()).With(
            new CgroupLimitRequest
            {
                Cpus = Cpus,
                CpuQuota = CpuQuota,
                CpuPeriod = CpuPeriod,
                CpuBurst = CpuBurst,
                CpuWeight = CpuWeight,
                CpuShares = CpuShares,
                CpuIdle = Switch(nameof(CpuIdle), CpuIdle),
                CpusetCpus = CpusetCpus,
                CpusetMems = CpusetMems,
                MemoryMax = MemoryMax?.Bytes,
                MemoryHigh = MemoryHigh?.Bytes,
                MemoryLow = MemoryLow?.Bytes,
                MemoryMin = MemoryMin?.Bytes,
                MemorySwapMax = MemorySwapMax?.Bytes,
                MemorySwap = MemorySwap?.Bytes,
                MemoryOomGroup = Switch(nameof(MemoryOomGroup), MemoryOomGroup),
                PidsMax = PidsMax,
                IoWeight = IoWeight,
                IoMax = IoMax,
                IoLatency = IoLatency,
                HugetlbMax = HugetlbMax,
                Unified = Unified?.ToDictionary(u => u.Key, u => u.Value ?? "", StringComparer.Ordinal),
            }
        );

    // -CpuIdle:$false asks for the opposite, its absence for nothing.
    private bool? Switch(string name, SwitchParameter value) => MyInvocation.BoundParameters.ContainsKey(name) ? value.IsPresent : null;
}
