using ContainerPS.Native.Launch;

namespace ContainerPS.Native.Shim.Protocol;

/// <summary>
/// The plan as the shim sees it. It trusts nobody, not even its starter: every offset, count and slot number is checked here, once, before
/// the first operation runs; afterwards the interpreter follows them without looking. Two rules make that hold while operations run:
/// data lies last, so that the kernel writing too much into it runs off the mapping and never into an operation; and relocations may only
/// change data.
/// </summary>
internal static unsafe class PlanBlock
{
    public static byte* Base;
    public static uint Length;

    public static PlanHeader* Header => (PlanHeader*)Base;

    public static long* Slots => (long*)(Base + PlanFormat.HeaderSize);

    public static PlanMonitor* Monitor => Header->MonitorOffset == 0 ? null : (PlanMonitor*)(Base + Header->MonitorOffset);

    /// <summary>What a byte slot of the monitor's section holds, -1 for none.</summary>
    public static long Held(byte slot) => slot == PlanFormat.NoSlot ? -1 : Slots[slot];

    public static byte* Text(uint offset) => offset == 0 ? null : Base + offset;

    public static PlanTrackRange* Track(PlanTrackName name) =>
        name switch
        {
            PlanTrackName.Parent => &Header->Parent,
            PlanTrackName.Child => &Header->Child,
            PlanTrackName.Helper => &Header->Helper,
            PlanTrackName.Exit => &Header->Exit,
            _ => &Header->Settle,
        };

    public static PlanOperation* Operations(PlanTrackRange* track) => (PlanOperation*)(Base + track->Offset);

    /// <summary>
    /// Maps the block, copy-on-write: slots and answers of the kernel stay private to each process. Returns 0 or the refusal.
    /// </summary>
    public static PlanRefusal Load(int descriptor)
    {
        stat status;
        if (Sys.Call(SystemCall.fstat, descriptor, (long)&status) < 0)
        {
            return PlanRefusal.NoPlan;
        }

        if (status.st_size < PlanFormat.HeaderSize + PlanFormat.SlotsSize || status.st_size > PlanFormat.MaximumSize)
        {
            return PlanRefusal.TooShort;
        }

        // Populated in one go: a fault for each page would cost more than the whole copy.
        long mapped = Sys.Call(SystemCall.mmap, 0, status.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_POPULATE, descriptor);
        if (mapped is < 0 and > -4096)
        {
            return PlanRefusal.Map;
        }

        Base = (byte*)mapped;
        Length = (uint)status.st_size;
        return Check();
    }

    public static void Relocate()
    {
        uint* relocations = (uint*)(Base + Header->RelocationOffset);
        for (uint i = 0; i < Header->RelocationCount; i++)
        {
            *(ulong*)(Base + relocations[i]) += (ulong)Base;
        }
    }

    private static PlanRefusal Check()
    {
        if (Header->Magic != PlanFormat.Magic || Header->Version != PlanFormat.Version)
        {
            return PlanRefusal.Magic;
        }

        if (
            Header->Length != Length
            || !Within(Header->DataOffset, Header->DataLength)
            || Header->DataOffset + Header->DataLength != Length
            || (Header->DataOffset & 7) != 0
        )
        {
            return PlanRefusal.Length;
        }

        // Strings that lost their end stop at the block's.
        if (Header->DataLength == 0 || Base[Length - 1] != 0)
        {
            return PlanRefusal.Length;
        }

        if (Header->Mode is < PlanMode.Service or > PlanMode.Adopt || Header->InheritedCount > PlanFormat.InheritedCount)
        {
            return PlanRefusal.Mode;
        }

        PlanRefusal refusal = CheckTrack(PlanTrackName.Parent);
        if (refusal == 0)
        {
            refusal = CheckTrack(PlanTrackName.Child);
        }

        if (refusal == 0)
        {
            refusal = CheckTrack(PlanTrackName.Helper);
        }

        if (refusal == 0)
        {
            refusal = CheckTrack(PlanTrackName.Exit);
        }

        if (refusal == 0)
        {
            refusal = CheckTrack(PlanTrackName.Settle);
        }

        if (refusal == 0)
        {
            refusal = SharedMemoryRule.Check();
        }

        if (refusal == 0)
        {
            refusal = CheckMonitor();
        }

        return refusal == 0 ? CheckRelocations() : refusal;
    }

    private static bool Within(uint offset, ulong length) => offset <= Length && length <= Length - offset;

    private static bool IsData(long offset) => (ulong)offset >= Header->DataOffset && (ulong)offset < Length;

    private static bool IsDataOrNone(uint offset) => offset == 0 || IsData(offset);

    private static bool IsSlotOrNone(uint slot) => slot is < PlanFormat.SlotCount or PlanFormat.NoSlot;

    private static PlanRefusal CheckTrack(PlanTrackName name)
    {
        PlanTrackRange* track = Track(name);
        if (track->Count == 0)
        {
            return 0;
        }

        ulong size = (ulong)track->Count * PlanFormat.OperationSize;
        if (
            (track->Offset & 7) != 0
            || track->Offset < PlanFormat.HeaderSize + PlanFormat.SlotsSize
            || !Within(track->Offset, size)
            || track->Offset + size > Header->DataOffset
        )
        {
            return PlanRefusal.Track;
        }

        PlanOperation* operations = Operations(track);
        for (uint i = 0; i < track->Count; i++)
        {
            PlanRefusal refusal = CheckOperation(&operations[i], track->Count - i);
            if (refusal != 0)
            {
                return refusal;
            }
        }

        return 0;
    }

    private static PlanRefusal CheckOperation(PlanOperation* operation, uint remaining)
    {
        if (operation->Code is < PlanOperationCode.Syscall or > PlanOperationCode.ReceiveDescriptor)
        {
            return PlanRefusal.Operation;
        }

        if (!IsSlotOrNone(operation->Result))
        {
            return PlanRefusal.SlotRange;
        }

        for (int i = 0; i < 6; i++)
        {
            long value = (&operation->A)[i];
            var kind = (PlanArgumentKind)((operation->Kinds >> (2 * i)) & 3);
            if (kind == PlanArgumentKind.Data && !IsData(value))
            {
                return PlanRefusal.Argument;
            }

            if (kind is PlanArgumentKind.Slot or PlanArgumentKind.SlotAddress && (ulong)value >= PlanFormat.SlotCount)
            {
                return PlanRefusal.SlotRange;
            }
        }

        return CheckShape(operation, remaining);
    }

    /// <summary>What the single operations need beyond well-formed arguments.</summary>
    private static PlanRefusal CheckShape(PlanOperation* operation, uint remaining) =>
        operation->Code switch
        {
            PlanOperationCode.SkipIf => KindOf(operation, 2) == PlanArgumentKind.Constant && (ulong)operation->C < remaining
                ? 0
                : PlanRefusal.Operation,
            PlanOperationCode.Resolve => KindOf(operation, 1) == PlanArgumentKind.Data ? 0 : PlanRefusal.Argument,
            PlanOperationCode.WriteFile => KindOf(operation, 1) == PlanArgumentKind.Data && IsText(operation, 2, operation->C, operation->D)
                ? 0
                : PlanRefusal.Argument,
            PlanOperationCode.WriteDescriptor => IsText(operation, 2, operation->C, operation->D) ? 0 : PlanRefusal.Argument,
            PlanOperationCode.SpawnHook => IsProgram(operation) && IsText(operation, 3, operation->D, operation->E)
                ? 0
                : PlanRefusal.Argument,
            PlanOperationCode.Exec => IsProgram(operation) ? 0 : PlanRefusal.Argument,
            PlanOperationCode.Clone => operation->Number is (uint)PlanTrackName.Child or (uint)PlanTrackName.Helper
            && IsSlotOrNone(operation->Aux)
            && KindOf(operation, 2) == PlanArgumentKind.Constant
            && operation->C is (long)PlanCloneMemory.Copied or (long)PlanCloneMemory.Shared
                ? 0
                : PlanRefusal.Operation,
            _ => 0,
        };

    private static PlanArgumentKind KindOf(PlanOperation* operation, int argument) =>
        (PlanArgumentKind)((operation->Kinds >> (2 * argument)) & 3);

    private static bool IsText(PlanOperation* operation, int argument, long offset, long length) =>
        KindOf(operation, argument) == PlanArgumentKind.Data
        && KindOf(operation, argument + 1) == PlanArgumentKind.Constant
        && (ulong)length <= Length
        && Within((uint)offset, (ulong)length);

    /// <summary>A, B and C are pointers into data: path or candidates, argv, envp.</summary>
    private static bool IsProgram(PlanOperation* operation) =>
        KindOf(operation, 0) == PlanArgumentKind.Data
        && IsPointers(operation, 1, operation->B)
        && IsPointers(operation, 2, operation->C)
        && (operation->Code != PlanOperationCode.Exec || IsPointers(operation, 0, operation->A));

    /// <summary>An array of pointers must find its NULL before the block's end.</summary>
    private static bool IsPointers(PlanOperation* operation, int argument, long offset) =>
        KindOf(operation, argument) == PlanArgumentKind.Data && IsEndedArray((uint)offset);

    private static bool IsEndedArray(uint offset)
    {
        if ((offset & 7) != 0)
        {
            return false;
        }

        for (uint at = offset; at + 8 <= Length; at += 8)
        {
            if (*(long*)(Base + at) == 0)
            {
                return true;
            }
        }

        return false;
    }

    private static PlanRefusal CheckMonitor()
    {
        if (Header->MonitorOffset == 0)
        {
            return Header->Mode is PlanMode.Service or PlanMode.Adopt ? PlanRefusal.Monitor : 0;
        }

        if (
            (Header->MonitorOffset & 7) != 0
            || !Within(Header->MonitorOffset, PlanFormat.MonitorSize)
            || Header->MonitorOffset + PlanFormat.MonitorSize > Header->DataOffset
        )
        {
            return PlanRefusal.Monitor;
        }

        PlanMonitor* monitor = Monitor;
        byte* slots = &monitor->StdoutSlot;
        for (byte* slot = slots; slot <= &monitor->KeepSlot; slot++)
        {
            if (!IsSlotOrNone(*slot))
            {
                return PlanRefusal.SlotRange;
            }
        }

        for (uint* offset = &monitor->StatePath; offset <= &monitor->CgroupDirectories; offset++)
        {
            if (!IsDataOrNone(*offset))
            {
                return PlanRefusal.Monitor;
            }
        }

        if (monitor->CgroupDirectories != 0 && !IsEndedArray(monitor->CgroupDirectories))
        {
            return PlanRefusal.Monitor;
        }

        bool command = monitor->OnExitProgramSlot != PlanFormat.NoSlot;
        if (
            command
            && (
                !IsEndedArray(monitor->OnExitArguments)
                || !IsEndedArray(monitor->OnExitEnvironment)
                || monitor->OnExitArguments == 0
                || monitor->OnExitEnvironment == 0
            )
        )
        {
            return PlanRefusal.Monitor;
        }

        return monitor->PidSlot == PlanFormat.NoSlot || monitor->PidfdSlot == PlanFormat.NoSlot || monitor->StatePath == 0
            ? PlanRefusal.Monitor
            : 0;
    }

    private static PlanRefusal CheckRelocations()
    {
        if ((Header->RelocationOffset & 3) != 0 || !Within(Header->RelocationOffset, (ulong)Header->RelocationCount * 4))
        {
            return PlanRefusal.Relocation;
        }

        uint* relocations = (uint*)(Base + Header->RelocationOffset);
        uint last = 0;
        for (uint i = 0; i < Header->RelocationCount; i++)
        {
            // Ascending, so that no word is moved twice.
            uint at = relocations[i];
            if ((at & 7) != 0 || at <= last || !IsData(at) || at > Length - 8 || !IsData(*(long*)(Base + at)))
            {
                return PlanRefusal.Relocation;
            }

            last = at;
        }

        return 0;
    }
}
