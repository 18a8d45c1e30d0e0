using ContainerPS.Native.Launch;

namespace ContainerPS.Native.Shim.Protocol;

/// <summary>
/// A shim that was spawned before there is a plan: `containerps-shim reserve STATUS-FD monitor|exec LABEL`. It has done what is the same
/// for every start (spawning, detaching, for a monitor a network namespace, the dearest thing the kernel makes) and waits for the rest.
/// </summary>
/// <remarks>
/// <code>
///  starter                              P0                     M (monitor) or P0 (exec)
///  posix_spawn ───────────────────────▶ fork ────────────────▶ closes every foreign descriptor, null stdio
///  waitid (reaps P0, monitor only) ◀─── exit 0                 M: leaves its starter (Detachment.Prepare)
///                                                              M: new network namespace, loopback up
///  …                                                           waits
///  sendmsg(plan, descriptors, label) ─────────────────────────▶ as if it had been spawned with them
///  or closes its end (unused, or dead) ───────────────────────▶ exit 0
/// </code>
/// </remarks>
internal static unsafe class Reserve
{
    private const long F_DUPFD_CLOEXEC = 1030;

    /// <summary>
    /// The plan's descriptor, or a negative number when the starter has no use for this shim any more. The status socket may have moved.
    /// </summary>
    public static int Await(byte* label, bool isMonitor)
    {
        Inheritance.CloseAllBut(StatusSocket.Descriptor);
        if (isMonitor)
        {
            Detachment.Prepare();
            ReadyNetwork.Make();
        }
        else
        {
            Detachment.NullStandardStreams();
        }

        ReserveOrder order;
        DescriptorMessage.Control control;
        long length = DescriptorMessage.Receive(StatusSocket.Descriptor, &order, sizeof(ReserveOrder), &control);
        if (
            length != sizeof(ReserveOrder)
            || order.Count > PlanFormat.InheritedCount
            || !DescriptorMessage.Brings(&control, (long)order.Count + 1)
        )
        {
            return -1;
        }

        Show(label, order.Label);
        return Renumber(&order, control.Descriptors);
    }

    /// <summary>Out of the way first, all above the highest number that is wanted; then each to its own.</summary>
    private static int Renumber(ReserveOrder* order, int* descriptors)
    {
        int count = (int)order->Count;
        long above = count == 0 ? 3 : order->Numbers[count - 1] + 1;
        int status = Move(StatusSocket.Descriptor, above);
        int plan = Move(descriptors[0], above);
        if (status < 0 || plan < 0 || !ReadyNetwork.MoveAbove(above))
        {
            return -1;
        }

        StatusSocket.Descriptor = status;
        for (int i = 1; i <= count; i++)
        {
            descriptors[i] = Move(descriptors[i], above);
        }

        for (int i = 0; i < count; i++)
        {
            if (Sys.Call(SystemCall.dup3, descriptors[i + 1], order->Numbers[i], O_CLOEXEC) < 0)
            {
                return -1;
            }
        }

        return plan;
    }

    public static int Move(int descriptor, long above) => (int)Sys.Call(SystemCall.fcntl, descriptor, F_DUPFD_CLOEXEC, above);

    /// <summary>Written over the argument that kept the room for it.</summary>
    private static void Show(byte* room, byte* label)
    {
        long length = Memory.LengthOf(room);
        bool ended = false;
        for (long i = 0; i < length; i++)
        {
            ended |= i >= ReserveOrder.LabelSize || label[i] == 0;
            room[i] = ended ? (byte)0 : label[i];
        }
    }
}
