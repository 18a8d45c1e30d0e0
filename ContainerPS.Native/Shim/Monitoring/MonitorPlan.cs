using ContainerPS.Native.Launch;
using ContainerPS.Native.Shim.Protocol;

namespace ContainerPS.Native.Shim.Monitoring;

/// <summary>
/// What a monitor keeps of its plan. The operations that started the container are most of it and never run again: the few pages that the
/// monitor reads are copied and put in the block's place, at the same address, so that every pointer in them stays true. The plan's memory
/// file goes with its last mapping.
/// </summary>
internal static unsafe class MonitorPlan
{
    public static void Compact()
    {
        uint length = PlanBlock.Length;
        long mapped = Sys.Call(SystemCall.mmap, 0, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
        if (mapped is < 0 and > -4096)
        {
            return;
        }

        byte* copy = (byte*)mapped;
        PlanMonitor* monitor = PlanBlock.Monitor;
        Keep(copy, 0, PlanFormat.HeaderSize + PlanFormat.SlotsSize);
        Keep(copy, PlanBlock.Header->MonitorOffset, PlanFormat.MonitorSize);
        if ((monitor->Flags & PlanMonitorFlags.RunExitTrack) != 0)
        {
            KeepExitTrack(copy);
        }
        else
        {
            KeepTexts(copy, monitor);
        }

        Sys.Call(SystemCall.mremap, mapped, length, length, MREMAP_MAYMOVE | MREMAP_FIXED, (long)PlanBlock.Base);
    }

    /// <summary>Its operations may point at any of the data.</summary>
    private static void KeepExitTrack(byte* copy)
    {
        PlanTrackRange* track = &PlanBlock.Header->Exit;
        Keep(copy, track->Offset, track->Count * PlanFormat.OperationSize);
        Keep(copy, PlanBlock.Header->DataOffset, PlanBlock.Header->DataLength);
    }

    private static void KeepTexts(byte* copy, PlanMonitor* monitor)
    {
        for (uint* offset = &monitor->StatePath; offset <= &monitor->OomKey; offset++)
        {
            KeepText(copy, *offset);
        }

        KeepPointers(copy, monitor->CgroupDirectories);
        KeepPointers(copy, monitor->OnExitArguments);
        KeepPointers(copy, monitor->OnExitEnvironment);
    }

    private static void KeepPointers(byte* copy, uint offset)
    {
        if (offset == 0)
        {
            return;
        }

        for (long* word = (long*)(PlanBlock.Base + offset); ; word++)
        {
            Keep(copy, (uint)((byte*)word - PlanBlock.Base), sizeof(long));
            if (*word == 0)
            {
                return;
            }

            // Relocated by now.
            KeepText(copy, (uint)((byte*)*word - PlanBlock.Base));
        }
    }

    private static void KeepText(byte* copy, uint offset)
    {
        if (offset != 0)
        {
            Keep(copy, offset, (uint)Memory.LengthOf(PlanBlock.Base + offset) + 1);
        }
    }

    private static void Keep(byte* copy, uint offset, uint length) => Memory.Copy(copy + offset, PlanBlock.Base + offset, length);
}
