using ContainerPS.Native.Cgroups;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine;

public sealed partial class ContainerEngine
{
    /// <summary>What this host offers, and what the store holds.</summary>
    public ContainerHost GetHost()
    {
        IReadOnlyList<Container> containers = GetContainers();
        return new ContainerHost
        {
            Name = Environment.MachineName,
            Kernel = HostFacts.KernelRelease,
            CgroupVersion = Cgroups.Version.ToString().ToLowerInvariant(),
            CgroupControllers = [.. Cgroups.ControllerStates.Select(state => state.Name)],
            DelegatedControllers = Cgroups.Controllers,
            Rootless = !HostFacts.IsRoot,
            SeccompEnabled = File.Exists("/proc/sys/kernel/seccomp/actions_avail"),
            AppArmorEnabled = File.Exists("/sys/kernel/security/apparmor/profiles"),
            SELinuxEnabled = File.Exists("/sys/fs/selinux/enforce"),
            Runtime = $"containerps {typeof(ContainerEngine).Assembly.GetName().Version?.ToString(3)}",
            DataRoot = Store.Root,
            RunRoot = Store.RunRoot,
            Cpus = HostFacts.OnlineCpus,
            MemoryTotal = HostFacts.MemoryBytes,
            Counts = new ContainerHostCounts
            {
                Containers = containers.Count,
                Running = containers.Count(container => container.State == ContainerState.Running),
                Paused = containers.Count(container => container.State == ContainerState.Paused),
                Images = Images.List().Count,
            },
        };
    }
}
