using System.Buffers.Binary;
using ContainerPS.Native.Linux;
using ContainerPS.Native.Oci;
using ContainerPS.Native.Seccomp;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Launch.Planner;

/// <summary>
/// Who the process is: capabilities, user, groups, no-new-privileges, seccomp. The order is the kernel's: the bounding set is dropped while
/// CAP_SETPCAP is there; the filter is loaded while CAP_SYS_ADMIN is, or last of all when no-new-privileges allows anyone to; keepcaps
/// carries the permitted set over setresuid.
/// </summary>
internal static class CredentialSteps
{
    public static void Write(PlanBuilder plan, Process process, SeccompFilter? filter, int lastCapability)
    {
        PlanTrack child = plan.Child;
        User user = process.User ?? new User();
        var sets = CapabilitySets.Of(process.Capabilities, lastCapability);
        DropBounding(child, sets.Bounding, lastCapability);
        if (process.NoNewPrivileges)
        {
            child.Call(
                "setting no_new_privs",
                SystemCall.prctl,
                [PlanValue.Constant(PR_SET_NO_NEW_PRIVS, "PR_SET_NO_NEW_PRIVS"), 1, 0, 0, 0]
            );
        }
        else
        {
            LoadFilter(plan, filter);
        }

        ChangeUser(plan, user);
        SetCapabilities(plan, sets);
        if (process.NoNewPrivileges)
        {
            LoadFilter(plan, filter);
        }
    }

    private static void DropBounding(PlanTrack child, CapabilitySet bounding, int lastCapability)
    {
        for (int capability = 0; capability <= lastCapability; capability++)
        {
            if ((bounding.Bits >> capability & 1) == 0)
            {
                string name = capability < CapabilitySet.Names.Count ? CapabilitySet.Names[capability] : $"capability {capability}";
                child.Call(
                    $"dropping {name} from the bounding set",
                    SystemCall.prctl,
                    [PlanValue.Constant(PR_CAPBSET_DROP, "PR_CAPBSET_DROP"), PlanValue.Constant(capability, name), 0, 0, 0]
                );
            }
        }
    }

    private static void ChangeUser(PlanBuilder plan, User user)
    {
        PlanTrack child = plan.Child;
        if (user.Uid != 0)
        {
            child.Call(
                "keeping the capabilities over the change of user",
                SystemCall.prctl,
                [PlanValue.Constant(PR_SET_KEEPCAPS, "PR_SET_KEEPCAPS"), 1, 0, 0, 0]
            );
        }

        IReadOnlyList<uint> groups = user.AdditionalGids ?? [];
        byte[] list = new byte[groups.Count * 4];
        for (int i = 0; i < groups.Count; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(list.AsSpan(i * 4), groups[i]);
        }

        child.Call(
            "setting the supplementary groups",
            SystemCall.setgroups,
            [groups.Count, groups.Count == 0 ? 0 : plan.Bytes(list, $"[{string.Join(", ", groups)}]")]
        );
        child.Call($"becoming group {user.Gid}", SystemCall.setresgid, [user.Gid, user.Gid, user.Gid]);
        child.Call($"becoming user {user.Uid}", SystemCall.setresuid, [user.Uid, user.Uid, user.Uid]);
    }

    /// <summary>capset(2), then the ambient set, which can only hold what is permitted and inheritable.</summary>
    private static void SetCapabilities(PlanBuilder plan, CapabilitySets sets)
    {
        PlanTrack child = plan.Child;
        PlanValue header = plan.Words("{_LINUX_CAPABILITY_VERSION_3, 0}", (long)_LINUX_CAPABILITY_VERSION_3);
        byte[] data = new byte[24];
        for (int word = 0; word < 2; word++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(data.AsSpan(word * 12), (uint)(sets.Effective.Bits >> word * 32));
            BinaryPrimitives.WriteUInt32LittleEndian(data.AsSpan(word * 12 + 4), (uint)(sets.Permitted.Bits >> word * 32));
            BinaryPrimitives.WriteUInt32LittleEndian(data.AsSpan(word * 12 + 8), (uint)(sets.Inheritable.Bits >> word * 32));
        }

        child.Call(
            "setting the capabilities",
            SystemCall.capset,
            [
                header,
                plan.Bytes(
                    data,
                    $"{{effective 0x{sets.Effective.Bits:x}, permitted 0x{sets.Permitted.Bits:x}, inheritable 0x{sets.Inheritable.Bits:x}}}"
                ),
            ]
        );
        foreach (string name in sets.Ambient.ToNames())
        {
            child.Call(
                $"raising {name} in the ambient set",
                SystemCall.prctl,
                [
                    PlanValue.Constant(PR_CAP_AMBIENT, "PR_CAP_AMBIENT"),
                    PlanValue.Constant(PR_CAP_AMBIENT_RAISE, "PR_CAP_AMBIENT_RAISE"),
                    PlanValue.Constant(CapabilityNumber(name), name),
                    0,
                    0,
                ]
            );
        }
    }

    private static long CapabilityNumber(string name) =>
        CapabilitySet.TryParse(name, out CapabilitySet set) ? System.Numerics.BitOperations.TrailingZeroCount(set.Bits) : -1;

    private static void LoadFilter(PlanBuilder plan, SeccompFilter? filter)
    {
        if (filter is null)
        {
            return;
        }
        // struct sock_fprog: a 16-bit count, padding, the pointer.
        PlanValue program = plan.Words($"sock_fprog[{filter.InstructionCount}]", filter.InstructionCount, plan.Bytes(filter.Program));
        plan.Child.Call(
            "loading the seccomp filter",
            SystemCall.seccomp,
            [PlanValue.Constant(SECCOMP_SET_MODE_FILTER, "SECCOMP_SET_MODE_FILTER"), filter.Flags, program]
        );
    }
}
