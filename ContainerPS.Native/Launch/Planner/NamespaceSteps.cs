using System.Buffers.Binary;
using System.Text;
using ContainerPS.Native.Namespaces;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Launch.Planner;

/// <summary>Namespaces: the parent clones into new ones and into a joined pid namespace, the child joins the rest.</summary>
internal static class NamespaceSteps
{
    public static void Validate(ContainerPlan container)
    {
        if (!container.Namespaces.Has(NamespaceType.Mount))
        {
            throw new LaunchException(
                LaunchFailure.Setup,
                "A container needs a mount namespace, its own or one that it joins by a path: its mounts would be made in the host's."
            );
        }

        if (container.Namespaces.Joined.Any(entry => entry.Type == NamespaceType.User))
        {
            throw new LaunchException(LaunchFailure.Setup, "Joining a user namespace is not supported.");
        }

        if (container.Spec.Hostname is { Length: > 0 } && !container.Namespaces.Has(NamespaceType.Uts))
        {
            throw new LaunchException(
                LaunchFailure.Setup,
                "The spec sets a hostname but the container shares the uts namespace of the host."
            );
        }
    }

    /// <summary>
    /// In the parent, before the clone: a pid namespace takes effect for children only (man 2 setns), a time namespace's offsets are
    /// written while it is empty.
    /// </summary>
    public static void BeforeClone(ContainerPlan container)
    {
        (PlanBuilder? plan, PlanTrack? parent) = (container.Plan, container.Parent);
        foreach ((NamespaceType _, string? path) in container.Namespaces.Joined.Where(entry => entry.Type == NamespaceType.Pid))
        {
            PlanValue joined = parent.Open($"opening the pid namespace {path}", PlanValue.CurrentDirectory, plan.Utf8(path), O_RDONLY);
            parent.Call($"joining the pid namespace {path}", SystemCall.setns, [joined, PlanValue.Constant(CLONE_NEWPID, "CLONE_NEWPID")]);
            parent.Close(joined);
        }

        if (container.Namespaces.MakesNew(NamespaceType.Time))
        {
            parent.Call("making a time namespace", SystemCall.unshare, [PlanValue.Constant(CLONE_NEWTIME, "CLONE_NEWTIME")]);
            foreach (
                (string? clock, Oci.LinuxTimeOffset? offset) in container.Linux.TimeOffsets ?? new Dictionary<string, Oci.LinuxTimeOffset>()
            )
            {
                parent.WriteFile(
                    $"setting the offset of the {clock} clock",
                    PlanValue.CurrentDirectory,
                    "/proc/self/timens_offsets",
                    $"{clock} {offset.Secs} {offset.Nanosecs}\n"
                );
            }
        }
    }

    /// <summary>
    /// Flags of the clone. A cgroup namespace of v1 is unshared by the child after it joined its cgroups (the other order shows a wrong
    /// root inside); on v2 it is born in both. A new time namespace is entered by every later child by itself.
    /// </summary>
    public static ulong CloneFlags(ContainerPlan container)
    {
        ulong flags = container.Namespaces.New & ~NamespaceType.Time.CloneFlag;
        return container.Cgroup.V2Directory is null ? flags & ~NamespaceType.Cgroup.CloneFlag : flags;
    }

    /// <summary>The first thing the child does in a new user namespace: until its maps are there it is nobody.</summary>
    public static void BecomeRootOfUserNamespace(ContainerPlan container)
    {
        if (!container.Namespaces.MakesNew(NamespaceType.User))
        {
            return;
        }

        container.Child.Signal("asking for the id maps", Barrier.MapsWanted);
        container.Child.Wait("waiting for the id maps", Barrier.MapsWritten);
        container.Child.Call("becoming group 0 of the user namespace", SystemCall.setresgid, [0, 0, 0]);
        container.Child.Call("becoming user 0 of the user namespace", SystemCall.setresuid, [0, 0, 0]);
    }

    public static void WriteMaps(ContainerPlan container, PlanValue pid)
    {
        if (!container.Namespaces.MakesNew(NamespaceType.User))
        {
            return;
        }

        PlanTrack parent = container.Parent;
        parent.Wait("waiting for the container's user namespace", Barrier.MapsWanted);
        parent.WriteFile(
            "mapping the users of the container",
            PlanValue.CurrentDirectory,
            "/proc/\u0001/uid_map",
            IdMaps.Text(container.Linux.UidMappings ?? []),
            pid
        );
        parent.WriteFile(
            "mapping the groups of the container",
            PlanValue.CurrentDirectory,
            "/proc/\u0001/gid_map",
            IdMaps.Text(container.Linux.GidMappings ?? []),
            pid
        );
        parent.Signal("the id maps are written", Barrier.MapsWritten);
    }

    public static void Join(ContainerPlan container)
    {
        (PlanBuilder? plan, PlanTrack? child) = (container.Plan, container.Child);
        // The mount namespace last: behind it the host's paths end.
        foreach (
            (NamespaceType? type, string? path) in container
                .Namespaces.Joined.Where(entry => entry.Type != NamespaceType.Pid)
                .OrderBy(entry => entry.Type == NamespaceType.Mount)
        )
        {
            PlanValue joined = child.Open($"opening the {type} namespace {path}", PlanValue.CurrentDirectory, plan.Utf8(path), O_RDONLY);
            child.Call($"joining the {type} namespace {path}", SystemCall.setns, [joined, NamespaceSet.Flags(plan, type.CloneFlag)]);
            child.Close(joined);
        }
    }

    public static void NameAndNetwork(ContainerPlan container)
    {
        (PlanBuilder? plan, PlanTrack? child) = (container.Plan, container.Child);
        if (container.Spec.Hostname is { Length: > 0 } host)
        {
            child.Call($"setting the hostname {host}", SystemCall.sethostname, [plan.Utf8(host), Encoding.UTF8.GetByteCount(host)]);
        }

        if (container.Spec.Domainname is { Length: > 0 } domain)
        {
            child.Call(
                $"setting the domain name {domain}",
                SystemCall.setdomainname,
                [plan.Utf8(domain), Encoding.UTF8.GetByteCount(domain)]
            );
        }

        if (container.Namespaces.MakesNew(NamespaceType.Network))
        {
            RaiseLoopback(plan, child);
        }
    }

    /// <summary>netdevice(7): SIOCSIFFLAGS with IFF_UP; the kernel gives lo its addresses by itself.</summary>
    private static void RaiseLoopback(PlanBuilder plan, PlanTrack child)
    {
        const int afInet = 2,
            sockDgram = 2,
            sockCloexec = 0x80000,
            setInterfaceFlags = 0x8914;
        const short up = 1;
        byte[] request = new byte[40];
        "lo"u8.CopyTo(request);
        BinaryPrimitives.WriteInt16LittleEndian(request.AsSpan(16), up);
        PlanValue socket = child.CallInto(
            "opening a socket for the loopback interface",
            SystemCall.socket,
            [PlanValue.Constant(afInet, "AF_INET"), PlanValue.Constant(sockDgram | sockCloexec, "SOCK_DGRAM|SOCK_CLOEXEC"), 0]
        );
        child.Call(
            "raising the loopback interface",
            SystemCall.ioctl,
            [socket, PlanValue.Constant(setInterfaceFlags, "SIOCSIFFLAGS"), plan.Bytes(request, "{lo, IFF_UP}")]
        );
        child.Close(socket);
    }
}
