using ContainerPS.Native.Namespaces;

namespace ContainerPS.Native.Launch.Planner;

/// <summary>
/// Kernel parameters of the container's namespaces, written through a procfs of our own before it is attached: no path of the container is
/// walked, so no write can be led to another file (CVE-2025-52881).
/// </summary>
internal static class SysctlSteps
{
    private static readonly string[] _ofIpc =
    [
        "kernel.msgmax",
        "kernel.msgmnb",
        "kernel.msgmni",
        "kernel.sem",
        "kernel.shmall",
        "kernel.shmmax",
        "kernel.shmmni",
        "kernel.shm_rmid_forced",
    ];

    public static void Write(ContainerPlan container, PlanValue procfs)
    {
        if (container.SysctlsWritten)
        {
            return;
        }

        foreach ((string? name, string? value) in container.Linux.Sysctl ?? new Dictionary<string, string>())
        {
            container.Child.WriteFile($"setting the kernel parameter {name}", procfs, PathOf(container, name), value);
        }

        container.SysctlsWritten = true;
    }

    /// <summary>For a spec with parameters and no procfs of its own.</summary>
    public static void WriteWithoutProc(ContainerPlan container)
    {
        if (container.SysctlsWritten || container.Linux.Sysctl is not { Count: > 0 })
        {
            return;
        }

        PlanValue context = FileSystemMount.Open(container, container.Child, "proc", "the kernel parameters");
        PlanValue procfs = FileSystemMount.Finish(container, container.Child, context, 0, "proc for the kernel parameters");
        Write(container, procfs);
        container.Child.Close(procfs);
    }

    /// <summary>
    /// Only what belongs to a namespace that the container does not share with the host: anything else would change the host.
    /// </summary>
    private static string PathOf(ContainerPlan container, string name)
    {
        // sysctl(8): either separator; the other one then stands for itself (net.ipv4.conf.eth0/1.forwarding).
        string slashed =
            name.IndexOfAny(['.', '/']) is var at && at >= 0 && name[at] == '/'
                ? name
                : string.Create(
                    name.Length,
                    name,
                    static (text, from) =>
                    {
                        for (int i = 0; i < from.Length; i++)
                        {
                            text[i] = from[i] switch
                            {
                                '.' => '/',
                                '/' => '.',
                                _ => from[i],
                            };
                        }
                    }
                );
        string dotted = slashed.Replace('/', '.');
        bool ofNetwork = dotted.StartsWith("net.", StringComparison.Ordinal);
        bool ofIpc = _ofIpc.Contains(dotted) || dotted.StartsWith("fs.mqueue.", StringComparison.Ordinal);
        bool ofUts = dotted == "kernel.domainname";
        NamespaceType? owner =
            ofNetwork ? NamespaceType.Network
            : ofIpc ? NamespaceType.Ipc
            : ofUts ? NamespaceType.Uts
            : null;
        if (owner is null || !container.Namespaces.Has(owner) || slashed.Split('/').Any(part => part is "" or "." or ".."))
        {
            throw new LaunchException(
                LaunchFailure.Setup,
                owner is null
                    ? $"The kernel parameter '{name}' belongs to the host, not to a namespace: it cannot be set for a container."
                    : $"The kernel parameter '{name}' belongs to the {owner} namespace, which this container shares with the host."
            );
        }

        return "sys/" + slashed;
    }
}
