using ContainerPS.Native.Launch;
using ContainerPS.Native.Shim.Protocol;

namespace ContainerPS.Native.Shim.Monitoring;

/// <summary>
/// What a monitor keeps of its plan. The operations that started the container are most of it and never run again. What the monitor reads
/// is packed into a new block, a page as a rule, and put in the old one's place; the plan's memory file goes with its last mapping.
/// </summary>
internal static unsafe class MonitorPlan
{
    private const uint PageSize = 4096;

    private static byte* _copy;
    private static uint _used;
    private static bool _isFull;

    public static void Compact()
    {
        uint length = PlanBlock.Length;
        long mapped = Sys.Call(SystemCall.mmap, 0, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
        if (mapped is < 0 and > -4096)
        {
            return;
        }

        _copy = (byte*)mapped;
        uint fixedLength = PlanFormat.HeaderSize + PlanFormat.SlotsSize;
        Memory.Copy(_copy, PlanBlock.Base, fixedLength);
        if ((PlanBlock.Monitor->Flags & PlanMonitorFlags.RunExitTrack) != 0)
        {
            Keep(PlanBlock.Header->MonitorOffset, PlanFormat.MonitorSize);
            KeepExitTrack();
            _used = length;
        }
        else
        {
            _used = fixedLength;
            Pack();
        }

        // Texts that share their bytes are packed one by one: of a plan with little else they may need more than they did.
        if (_isFull)
        {
            Sys.Call(SystemCall.munmap, mapped, length);
            return;
        }

        Replace(mapped, length);
    }

    private static void Replace(long mapped, uint length)
    {
        uint old = RoundedUp(length);
        uint kept = RoundedUp(_used);
        Sys.Call(SystemCall.mremap, mapped, kept, kept, MREMAP_MAYMOVE | MREMAP_FIXED, (long)PlanBlock.Base);
        PlanBlock.Length = _used;
        if (kept < old)
        {
            Sys.Call(SystemCall.munmap, mapped + kept, old - kept);
            Sys.Call(SystemCall.munmap, (long)PlanBlock.Base + kept, old - kept);
        }
    }

    private static uint RoundedUp(uint length) => (length + PageSize - 1) & ~(PageSize - 1);

    /// <summary>The monitor's section, and all that its offsets lead to. Nothing else points into it.</summary>
    private static void Pack()
    {
        uint at = Take(PlanFormat.MonitorSize);
        var monitor = (PlanMonitor*)(_copy + at);
        if (_isFull)
        {
            return;
        }

        Memory.Copy((byte*)monitor, (byte*)PlanBlock.Monitor, PlanFormat.MonitorSize);
        ((PlanHeader*)_copy)->MonitorOffset = at;
        for (uint* offset = &monitor->StatePath; offset <= &monitor->OomKey; offset++)
        {
            *offset = PackText(*offset);
        }

        monitor->CgroupDirectories = PackPointers(monitor->CgroupDirectories);
        monitor->OnExitArguments = PackPointers(monitor->OnExitArguments);
        monitor->OnExitEnvironment = PackPointers(monitor->OnExitEnvironment);
    }

    private static uint PackPointers(uint offset)
    {
        if (offset == 0)
        {
            return 0;
        }

        // Relocated by now.
        long* words = (long*)(PlanBlock.Base + offset);
        uint count = 0;
        while (words[count] != 0)
        {
            count++;
        }

        uint at = Take((count + 1) * sizeof(long));
        for (uint i = 0; i < count && !_isFull; i++)
        {
            uint text = PackText((uint)((byte*)words[i] - PlanBlock.Base));
            ((long*)(_copy + at))[i] = (long)(PlanBlock.Base + text);
        }

        return at;
    }

    private static uint PackText(uint offset)
    {
        if (offset == 0)
        {
            return 0;
        }

        byte* text = PlanBlock.Base + offset;
        uint length = (uint)Memory.LengthOf(text) + 1;
        uint at = Take(length);
        if (!_isFull)
        {
            Memory.Copy(_copy + at, text, length);
        }

        return at;
    }

    /// <summary>Room in the new block, fit for numbers of eight bytes.</summary>
    private static uint Take(uint length)
    {
        uint at = (_used + 7) & ~7u;
        if (length > PlanBlock.Length || at > PlanBlock.Length - length)
        {
            _isFull = true;
            return 0;
        }

        _used = at + length;
        return at;
    }

    /// <summary>Its operations may point at any of the data.</summary>
    private static void KeepExitTrack()
    {
        PlanTrackRange* track = &PlanBlock.Header->Exit;
        Keep(track->Offset, track->Count * PlanFormat.OperationSize);
        Keep(PlanBlock.Header->DataOffset, PlanBlock.Header->DataLength);
    }

    private static void Keep(uint offset, uint length) => Memory.Copy(_copy + offset, PlanBlock.Base + offset, length);
}
