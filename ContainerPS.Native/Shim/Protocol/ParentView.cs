using ContainerPS.Native.Launch;
using ContainerPS.Native.Shim.Operations;

namespace ContainerPS.Native.Shim.Protocol;

/// <summary>
/// What the run of a child changes in memory that it shares with its parent, kept on the parent's stack meanwhile. The two sides of a clone
/// see each other's results no more than after a copy, so that a plan means the same with either. What is not here the child does not
/// write: it signals, waits, reaps and reports nothing (a plan whose child would is refused, PlanBlock), the channel's end is set anew, and
/// data that the kernel answers into is only read by the track that asked.
/// </summary>
internal unsafe struct ParentView
{
    private fixed long _slots[PlanFormat.SlotCount];
    private int _index;
    private long _detail;
    private int _home;

    public static void Save(ParentView* view)
    {
        for (int i = 0; i < PlanFormat.SlotCount; i++)
        {
            view->_slots[i] = PlanBlock.Slots[i];
        }

        view->_index = Interpreter.Index;
        view->_detail = Interpreter.Detail;
        view->_home = ReadyNetwork.Home;
    }

    public static void Restore(ParentView* view)
    {
        for (int i = 0; i < PlanFormat.SlotCount; i++)
        {
            PlanBlock.Slots[i] = view->_slots[i];
        }

        Interpreter.Index = view->_index;
        Interpreter.Detail = view->_detail;
        ReadyNetwork.Home = view->_home;

        // A change of user sets the mark of the whole memory to fs.suid_dumpable (man 2 PR_SET_DUMPABLE).
        Sys.Call(SystemCall.prctl, PR_SET_DUMPABLE, 0);
    }
}
