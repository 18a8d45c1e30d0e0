using ContainerPS.Native.Launch;
using ContainerPS.Native.Shim.Operations;

namespace ContainerPS.Native.Shim.Protocol;

/// <summary>
/// What the run of a child changes in memory that it shares with its parent, kept on the parent's stack meanwhile. The two sides of a clone see each other's results
/// no more than after a copy, so that a plan means the same with either. What is not here the child does not write: it signals, waits, reaps and reports nothing
/// (a plan whose child would is refused, PlanBlock), the channel's end is set anew, and data that the kernel answers into is only read by the track that asked.
/// </summary>
internal unsafe struct ParentView
{
    private fixed long slots[PlanFormat.SlotCount];
    private int index;
    private long detail;
    private int home;

    public static void Save(ParentView* view)
    {
        for (int i = 0; i < PlanFormat.SlotCount; i++)
            view->slots[i] = PlanBlock.Slots[i];
        view->index = Interpreter.Index;
        view->detail = Interpreter.Detail;
        view->home = ReadyNetwork.Home;
    }

    public static void Restore(ParentView* view)
    {
        for (int i = 0; i < PlanFormat.SlotCount; i++)
            PlanBlock.Slots[i] = view->slots[i];
        Interpreter.Index = view->index;
        Interpreter.Detail = view->detail;
        ReadyNetwork.Home = view->home;

        // A change of user sets the mark of the whole memory to fs.suid_dumpable (man 2 PR_SET_DUMPABLE).
        Sys.Call(SystemCall.prctl, PR_SET_DUMPABLE, 0);
    }
}
