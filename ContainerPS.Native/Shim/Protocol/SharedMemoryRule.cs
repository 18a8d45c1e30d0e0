using ContainerPS.Native.Launch;

namespace ContainerPS.Native.Shim.Protocol;

/// <summary>
/// Which plans may have a child in the shim's memory: those whose child needs nothing of a shim that sleeps, and writes nothing there that
/// the shim does not take back. Whether it is safe against others (who could look into this memory, whom the kernel kills with it) only the
/// planner can know.
/// </summary>
internal static unsafe class SharedMemoryRule
{
    // The kernel lets nobody change these namespaces whose memory others have too (setns and unshare, man 2), and the owner of a user
    // namespace's maps is the sleeping shim.
    private const long CLONE_NEWUSER = 0x1000_0000;
    private const long CLONE_NEWTIME = 0x80;

    /// <summary>Behind the check of each operation for itself.</summary>
    public static PlanRefusal Check()
    {
        PlanTrackRange* parent = PlanBlock.Track(PlanTrackName.Parent);
        PlanOperation* operations = PlanBlock.Operations(parent);
        for (uint i = 0; i < parent->Count; i++)
        {
            if (IsShared(&operations[i]))
            {
                return IsAllowed(&operations[i], parent->Count - i) ? 0 : PlanRefusal.Operation;
            }
        }

        return HasShared(PlanTrackName.Child) || HasSharedElsewhere() ? PlanRefusal.Operation : 0;
    }

    private static bool IsShared(PlanOperation* operation) =>
        operation->Code == PlanOperationCode.Clone && operation->C == (long)PlanCloneMemory.Shared;

    private static bool HasSharedElsewhere() =>
        HasShared(PlanTrackName.Helper) || HasShared(PlanTrackName.Exit) || HasShared(PlanTrackName.Settle);

    private static bool HasShared(PlanTrackName name)
    {
        PlanTrackRange* track = PlanBlock.Track(name);
        PlanOperation* operations = PlanBlock.Operations(track);
        for (uint i = 0; i < track->Count; i++)
        {
            if (IsShared(&operations[i]))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsAllowed(PlanOperation* clone, uint remaining)
    {
        // In Runtime mode the shim leaves before the exec.
        if (PlanBlock.Header->Mode is not (PlanMode.Service or PlanMode.Exec) || clone->Number != (uint)PlanTrackName.Child)
        {
            return false;
        }

        if ((clone->Kinds & 3) != (ushort)PlanArgumentKind.Constant || (clone->A & (CLONE_NEWUSER | CLONE_NEWTIME)) != 0)
        {
            return false;
        }

        PlanTrackRange* child = PlanBlock.Track(PlanTrackName.Child);
        return !HasTalk(clone + 1, remaining - 1) && !HasTalk(PlanBlock.Operations(child), child->Count) && !HasSharedElsewhere();
    }

    /// <summary>What the rule forbids, and a second process.</summary>
    private static bool HasTalk(PlanOperation* operations, uint count)
    {
        for (uint i = 0; i < count; i++)
        {
            if (operations[i].Code == PlanOperationCode.Clone || PlanCloneRule.NeedsMemoryOfItsOwn(operations[i].Code))
            {
                return true;
            }
        }

        return false;
    }
}
