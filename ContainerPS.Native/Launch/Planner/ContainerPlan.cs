using ContainerPS.Native.Oci;

namespace ContainerPS.Native.Launch.Planner;

/// <summary>Barriers of a container's plan. The child signals odd ones, the parent even ones.</summary>
internal static class Barrier
{
    /// <summary>Child: my user namespace is there, write its maps. Parent: they are written.</summary>
    public const int MapsWanted = 1,
        MapsWritten = 2;

    /// <summary>Child: the mounts are made. Parent: createRuntime and prestart hooks have run.</summary>
    public const int MountsMade = 3,
        HooksRun = 4;
}

/// <summary>A container's plan while it is being written: what the steps share.</summary>
internal sealed class ContainerPlan
{
    public ContainerPlan(PlanBuilder plan, LaunchRequest request, PlannerFacts facts, CgroupEntry cgroup, HandedOver handedOver)
    {
        Plan = plan;
        Request = request;
        Facts = facts;
        Cgroup = cgroup;
        HandedOver = new HandedOverSlots(plan, handedOver);
        Namespaces = NamespaceSet.Of(Spec);
    }

    public PlanBuilder Plan { get; }
    public LaunchRequest Request { get; }
    public PlannerFacts Facts { get; }
    public CgroupEntry Cgroup { get; }
    public HandedOverSlots HandedOver { get; }
    public NamespaceSet Namespaces { get; }

    public Spec Spec => Request.Spec;
    public Oci.Linux Linux => Spec.Linux ?? _noLinux;
    public Process Process => Spec.Process!;

    /// <summary>The SELinux label of file systems that are made for the container; null where the kernel has no SELinux.</summary>
    public string? MountLabel => Facts.SeLinux && Linux.MountLabel is { Length: > 0 } label ? label : null;

    public PlanTrack Parent => Plan.Parent;
    public PlanTrack Child => Plan.Child;

    /// <summary>In the child: a descriptor of the root mount.</summary>
    public PlanValue Root { get; set; }

    /// <summary>
    /// In the child, by clean destination: descriptors of the roots of mounts that we made ourselves and whose content is the kernel's or
    /// ours (a new tmpfs, proc, sysfs). A path beneath one cannot lead elsewhere by an image's doing; a descriptor is its own proof of
    /// identity (CVE-2025-52881).
    /// </summary>
    public Dictionary<string, PlanValue> OwnMounts { get; } = [];

    /// <summary>Those of <see cref="OwnMounts"/> that are a tmpfs, where mount points can be made by name.</summary>
    public HashSet<string> OwnTmpfs { get; } = [];

    public bool SysctlsWritten { get; set; }

    /// <summary>In the child: the host's /dev/null, proven to be it.</summary>
    public PlanValue? NullDevice { get; set; }

    private static readonly Oci.Linux _noLinux = new();

    /// <summary>The longest own mount that holds a clean path, and the path within it.</summary>
    public (PlanValue Descriptor, string Relative)? FindOwnMount(string path)
    {
        string best = "";
        PlanValue found = default;
        foreach ((string? destination, PlanValue descriptor) in OwnMounts)
        {
            if (destination.Length > best.Length && ContainerPath.IsWithin(path, destination))
            {
                (best, found) = (destination, descriptor);
            }
        }

        return best.Length == 0 ? null : (found, ContainerPath.Relative(path, best));
    }

    /// <summary>Something else was mounted here: what lies at and beneath is no longer known.</summary>
    public void ForgetOwnMounts(string destination)
    {
        // A dictionary may lose entries while it is walked (.NET Core 3.0 and later).
        foreach (string own in OwnMounts.Keys)
        {
            if (ContainerPath.IsWithin(own, destination))
            {
                OwnMounts.Remove(own);
                OwnTmpfs.Remove(own);
            }
        }
    }
}
