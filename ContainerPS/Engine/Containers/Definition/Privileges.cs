using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Containers.Definition;

/// <summary>What needs root says so before it begins.</summary>
internal static class Privileges
{
    public static void Demand(string what)
    {
        if (HostFacts.IsRoot)
        {
            return;
        }

        throw new ContainerPrivilegeException(
            ErrorIds.NamespaceDenied,
            $"Root is needed to {what}: user id {HostFacts.Uid} may not make namespaces, mounts and cgroups.",
            remedy: "Run this program by sudo."
        );
    }
}
