using ContainerPS.Engine.Common;
using ContainerPS.Engine.Containers.Definition;
using ContainerPS.Engine.Containers.Limits;
using ContainerPS.Engine.Containers.State;
using ContainerPS.Native.Cgroups;
using Oci = ContainerPS.Native.Oci;

namespace ContainerPS.Engine.Containers.LifeCycle;

/// <summary>Limits of containers: what was asked for, what is in force, and how one becomes the other.</summary>
internal sealed class Limiting(ContainerContext context, Transitions transitions)
{
    /// <summary>The limits of a container, requested and effective. One that does not run has no effective ones.</summary>
    public CgroupLimit Get(Container container)
    {
        ArgumentNullException.ThrowIfNull(container);
        Cgroup cgroup = context.CgroupOf(container);
        CgroupEffective? effective = CgroupFailures.Translate(
            container.Name,
            () => container.View.Current.IsAlive && cgroup.Exists ? cgroup.ReadEffective(container.Limits.Unified?.Keys) : null
        );
        return LimitReport.Compose(container, effective);
    }

    /// <summary>Changes limits, at once when it is running and for its next start.</summary>
    public CgroupLimit Set(Container container, CgroupLimitChange change)
    {
        ArgumentNullException.ThrowIfNull(change);
        using (Transition transition = transitions.Enter(container, "Limiting"))
        {
            ContainerRecord record = transition.Record;
            CgroupLimitRequest limits = Changed(record, change);
            Oci.LinuxResources resources = LimitResources.From(limits, context.Cgroups);
            Cgroup cgroup = context.CgroupOf(container);
            // Against a container that does not run the values are checked all the same.
            if (transition.State.IsAlive)
            {
                CgroupFailures.Translate(container.Name, () => cgroup.Apply(OnlyChanged(resources, change.Values, limits)));
            }
            else
            {
                CgroupFailures.Translate(container.Name, () => cgroup.Plan(resources));
            }

            if (change.Persist)
            {
                ContainerRecord changed = record with { Definition = record.Definition with { Limits = limits } };
                StoreFailure.ExplainFullDisk(
                    $"Keeping the limits of the container {container.Name}",
                    container.Name,
                    () => ContainerStore.ReplaceRecord(container, changed)
                );
            }

            if (change.Persist || transition.State.IsAlive)
            {
                context.Events.Record(record, EventActions.Update);
            }
        }

        return Get(container);
    }

    /// <summary>What <see cref="Set"/> would write.</summary>
    public IReadOnlyList<LimitChangePreview> Preview(Container container, CgroupLimitChange change)
    {
        ArgumentNullException.ThrowIfNull(container);
        ArgumentNullException.ThrowIfNull(change);
        CgroupLimitRequest limits = Changed(container.View.Record, change);
        Oci.LinuxResources resources = OnlyChanged(LimitResources.From(limits, context.Cgroups), change.Values, limits);
        return CgroupFailures.Translate(
            container.Name,
            () =>
                (IReadOnlyList<LimitChangePreview>)
                    [
                        .. context
                            .CgroupOf(container)
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

        return alone == limits ? all : LimitResources.From(alone, context.Cgroups);
    }
}
