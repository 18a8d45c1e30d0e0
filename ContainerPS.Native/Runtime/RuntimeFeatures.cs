using ContainerPS.Native.Linux;
using ContainerPS.Native.Mounts;
using ContainerPS.Native.Namespaces;
using ContainerPS.Native.Oci;
using ContainerPS.Native.Seccomp;

namespace ContainerPS.Native.Runtime;

/// <summary>What `containerps features` answers (runtime-spec 1.2, features.md).</summary>
public static class RuntimeFeatures
{
    public static Features Describe() =>
        new()
        {
            OciVersionMin = OciVersions.Minimum,
            OciVersionMax = OciVersions.Current,
            Hooks = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"],
            MountOptions =
            [
                .. MountOptionTable
                    .Flags.Keys.Concat(MountOptionTable.Propagation.Keys)
                    .Concat(MountOptionTable.Recursive.Keys)
                    .Append("tmpcopyup")
                    .Order(StringComparer.Ordinal),
            ],
            Linux = new LinuxFeatures
            {
                Namespaces = [.. NamespaceType.All.Select(type => type.OciName)],
                Capabilities = CapabilitySet.Names,
                Cgroup = new CgroupFeatures
                {
                    V1 = true,
                    V2 = true,
                    Systemd = false,
                    SystemdUser = false,
                    Rdma = true,
                },
                Seccomp = new SeccompFeatures
                {
                    Enabled = true,
                    Actions = SeccompNames.Actions,
                    Operators = SeccompNames.Operators,
                    Archs = SeccompNames.Architectures,
                    KnownFlags = SeccompNames.Flags,
                    SupportedFlags = SeccompNames.Flags,
                },
                Apparmor = new EnabledFeature { Enabled = true },
                Selinux = new EnabledFeature { Enabled = true },
                IntelRdt = new EnabledFeature { Enabled = false },
                MountExtensions = new MountExtensionFeatures { Idmap = new EnabledFeature { Enabled = false } },
            },
        };
}
