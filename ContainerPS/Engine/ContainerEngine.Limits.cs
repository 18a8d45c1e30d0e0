using ContainerPS.Engine.Containers.Definition;
using ContainerPS.Engine.Containers.Limits;
using ContainerPS.Engine.Containers.State;
using ContainerPS.Native.Cgroups;
using ContainerPS.Native.Oci;
using Oci = ContainerPS.Native.Oci;

namespace ContainerPS.Engine;

public sealed partial class ContainerEngine
{
    private readonly Lazy<CgroupHost> _cgroups = new(DetectCgroups);

    private CgroupHost Cgroups => _cgroups.Value;

    /// <summary>Where this root's monitors live: apart from whoever started them.</summary>
    private MonitorGroup? Monitors => field ??= MonitorGroup.Below(Cgroups, Options.CgroupParent!);

    /// <summary>The limits of a container, requested and effective. One that does not run has no effective ones.</summary>
    public CgroupLimit GetLimit(Container container)
    {
        ArgumentNullException.ThrowIfNull(container);
        Cgroup cgroup = CgroupOf(container);
        CgroupEffective? effective = OnCgroup(
            container.Name,
            () => container.View.Current.IsAlive && cgroup.Exists ? cgroup.ReadEffective(container.Limits.Unified?.Keys) : null
        );
        return LimitReport.Compose(container, effective);
    }

    /// <summary>Changes limits, at once when it is running and for its next start.</summary>
    public CgroupLimit SetLimit(Container container, CgroupLimitChange change)
    {
        ArgumentNullException.ThrowIfNull(change);
        using (Transition transition = Enter(container, "Limiting"))
        {
            ContainerRecord record = transition.Record;
            CgroupLimitRequest limits = Changed(record, change);
            LinuxResources resources = LimitResources.From(limits, Cgroups);
            Cgroup cgroup = CgroupOf(container);
            // Against a container that does not run the values are checked all the same.
            if (transition.State.IsAlive)
            {
                OnCgroup(container.Name, () => cgroup.Apply(OnlyChanged(resources, change.Values, limits)));
            }
            else
            {
                OnCgroup(container.Name, () => cgroup.Plan(resources));
            }

            if (change.Persist)
            {
                ContainerStore.ReplaceRecord(container, record with { Definition = record.Definition with { Limits = limits } });
            }
        }

        return GetLimit(container);
    }

    /// <summary>What <see cref="SetLimit"/> would write.</summary>
    public IReadOnlyList<LimitChangePreview> PreviewLimit(Container container, CgroupLimitChange change)
    {
        ArgumentNullException.ThrowIfNull(container);
        ArgumentNullException.ThrowIfNull(change);
        CgroupLimitRequest limits = Changed(container.View.Record, change);
        LinuxResources resources = OnlyChanged(LimitResources.From(limits, Cgroups), change.Values, limits);
        return OnCgroup(
            container.Name,
            () =>
                (IReadOnlyList<LimitChangePreview>)
                    [
                        .. CgroupOf(container)
                            .Plan(resources)
                            .Select(setting => new LimitChangePreview(setting.Controller, setting.File, setting.OldValue, setting.Value)),
                    ]
        );
    }

    private static CgroupLimitRequest Changed(ContainerRecord record, CgroupLimitChange change)
    {
        CgroupLimitRequest limits = record.Definition.Limits.With(change.Values);
        LimitValidator.Validate(limits);
        return limits;
    }

    /// <summary>
    /// What a change is about, with the values that belong to it: a quota goes with its period, memory with swap (cgroup v1 refuses a limit
    /// above that of memory and swap together).
    /// </summary>
    private Oci.LinuxResources OnlyChanged(Oci.LinuxResources all, CgroupLimitRequest change, CgroupLimitRequest limits)
    {
        CgroupLimitRequest alone = change;
        if (change.MemoryMax is not null || change.MemorySwap is not null || change.MemorySwapMax is not null)
        {
            alone = alone with { MemoryMax = limits.MemoryMax, MemorySwap = limits.MemorySwap, MemorySwapMax = limits.MemorySwapMax };
        }

        if (change.Cpus is not null || change.CpuQuota is not null || change.CpuPeriod is not null)
        {
            alone = alone with { Cpus = limits.Cpus, CpuQuota = limits.CpuQuota, CpuPeriod = limits.CpuPeriod };
        }

        return alone == limits ? all : LimitResources.From(alone, Cgroups);
    }

    /// <summary>Refuses at create what the host cannot keep at start.</summary>
    private void ValidateLimits(ContainerRecord record)
    {
        CgroupLimitRequest limits = record.Definition.Limits;
        if (!limits.IsEmpty)
        {
            OnCgroup(record.Name, () => Cgroups.Open(record.CgroupPath).Plan(LimitResources.From(limits, Cgroups)));
        }
    }

    private static CgroupHost DetectCgroups() => OnCgroup("", CgroupHost.Detect);
}
