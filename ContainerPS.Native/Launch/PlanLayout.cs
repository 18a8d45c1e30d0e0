using System.Runtime.InteropServices;

namespace ContainerPS.Native.Launch;

/// <summary>
/// Puts header, slots, tracks, relocations, monitor and data of a <see cref="PlanBuilder"/> into one block and turns data-relative offsets
/// into block offsets.
/// </summary>
internal sealed class PlanLayout(PlanBuilder plan)
{
    public Plan Build()
    {
        // The on-exit command's strings must be in the data before its length is fixed.
        PlanMonitor monitor = plan.Monitor is { } settings ? MonitorOf(settings) : default;
        int operations = plan.Parent.Count + plan.Child.Count + plan.Helper.Count + plan.Exit.Count + plan.Settle.Count;
        int relocationOffset = PlanFormat.HeaderSize + PlanFormat.SlotsSize + operations * PlanFormat.OperationSize;
        int monitorOffset = Align(relocationOffset + plan.Relocations.Count * sizeof(uint));
        int dataOffset = monitorOffset + (plan.Monitor is null ? 0 : PlanFormat.MonitorSize);
        byte[] block = new byte[dataOffset + Align(plan.Data.Length)];

        PlanHeader header = new()
        {
            Magic = PlanFormat.Magic,
            Version = PlanFormat.Version,
            Length = (uint)block.Length,
            Mode = plan.Mode,
            MonitorOffset = plan.Monitor is null ? 0 : (uint)monitorOffset,
            RelocationOffset = (uint)relocationOffset,
            RelocationCount = (uint)plan.Relocations.Count,
            DataOffset = (uint)dataOffset,
            DataLength = (uint)(block.Length - dataOffset),
        };
        ListInherited(ref header);
        MemoryMarshal.AsBytes(plan.SlotValues).CopyTo(block.AsSpan(PlanFormat.HeaderSize));
        WriteTracks(block, ref header, (uint)dataOffset);
        WriteData(block, (uint)relocationOffset, (uint)dataOffset);
        if (plan.Monitor is not null)
        {
            MemoryMarshal.Write(block.AsSpan(monitorOffset), Relocated(monitor, (uint)dataOffset));
        }

        MemoryMarshal.Write(block, header);
        return new Plan(plan.Mode, block, plan.Inherited, plan);
    }

    private static int Align(int value) => (value + 7) & -8;

    private static byte SlotOf(PlanValue? value) => value is { IsSlot: true } slot ? (byte)slot.Value : PlanFormat.NoSlot;

    private static PlanMonitor Relocated(PlanMonitor monitor, uint dataOffset)
    {
        uint Moved(uint offset) => offset == 0 ? 0 : offset + dataOffset;
        monitor.StatePath = Moved(monitor.StatePath);
        monitor.ExitsPath = Moved(monitor.ExitsPath);
        monitor.RecentExitPath = Moved(monitor.RecentExitPath);
        monitor.EventsPath = Moved(monitor.EventsPath);
        monitor.EventMembers = Moved(monitor.EventMembers);
        monitor.LogDirectoryPath = Moved(monitor.LogDirectoryPath);
        monitor.OomPath = Moved(monitor.OomPath);
        monitor.OomKey = Moved(monitor.OomKey);
        monitor.CgroupDirectories = Moved(monitor.CgroupDirectories);
        monitor.OnExitArguments = Moved(monitor.OnExitArguments);
        monitor.OnExitEnvironment = Moved(monitor.OnExitEnvironment);
        return monitor;
    }

    private uint TextOf(string? text) => text is null ? 0 : (uint)plan.Utf8(text).Value;

    private PlanMonitor MonitorOf(PlanMonitorSettings settings) =>
        new()
        {
            Flags = settings.Flags,
            Run = settings.Run,
            StdoutSlot = SlotOf(settings.Stdout),
            StderrSlot = SlotOf(settings.Stderr),
            AttachedStdoutSlot = SlotOf(settings.AttachedStdout),
            AttachedStderrSlot = SlotOf(settings.AttachedStderr),
            LockSlot = SlotOf(settings.Lock),
            StarterPidfdSlot = SlotOf(settings.StarterPidfd),
            PidSlot = SlotOf(settings.Pid),
            PidfdSlot = SlotOf(settings.Pidfd),
            OnExitProgramSlot = SlotOf(settings.OnExitProgram),
            KeepSlot = SlotOf(settings.Keep),
            StartTicks = settings.StartTicks,
            LogMaxFiles = (uint)settings.LogMaxFiles,
            LogMaxSize = (ulong)settings.LogMaxSize,
            StatePath = TextOf(settings.StatePath),
            ExitsPath = TextOf(settings.ExitsPath),
            RecentExitPath = TextOf(settings.RecentExitPath),
            EventSegmentSize = (ulong)settings.EventSegmentSize,
            EventsPath = TextOf(settings.EventsPath),
            EventMembers = TextOf(settings.EventMembers),
            LogDirectoryPath = TextOf(settings.LogDirectory),
            OomPath = TextOf(settings.OomPath),
            OomKey = TextOf(settings.OomKey),
            CgroupDirectories = settings.CgroupDirectories.Count == 0 ? 0 : (uint)plan.Strings(settings.CgroupDirectories).Value,
            OnExitArguments = settings.OnExitCommand is { } command ? (uint)plan.Strings(command).Value : 0,
            OnExitEnvironment = settings.OnExitCommand is null ? 0 : (uint)plan.Strings(settings.OnExitEnvironment).Value,
        };

    private unsafe void ListInherited(ref PlanHeader header)
    {
        if (plan.Inherited.Count > PlanFormat.InheritedCount)
        {
            throw new InvalidOperationException($"A plan inherits at most {PlanFormat.InheritedCount} descriptors.");
        }

        foreach (int descriptor in plan.Inherited)
        {
            header.Inherited[header.InheritedCount++] = descriptor;
        }
    }

    private void WriteTracks(byte[] block, ref PlanHeader header, uint dataOffset)
    {
        int at = PlanFormat.HeaderSize + PlanFormat.SlotsSize;
        header.Parent = WriteTrack(block, ref at, plan.Parent, dataOffset);
        header.Child = WriteTrack(block, ref at, plan.Child, dataOffset);
        header.Helper = WriteTrack(block, ref at, plan.Helper, dataOffset);
        header.Exit = WriteTrack(block, ref at, plan.Exit, dataOffset);
        header.Settle = WriteTrack(block, ref at, plan.Settle, dataOffset);
    }

    private static PlanTrackRange WriteTrack(byte[] block, ref int at, PlanTrack track, uint dataOffset)
    {
        PlanTrackRange range = new() { Offset = (uint)at, Count = (uint)track.Count };
        for (int i = 0; i < track.Count; i++)
        {
            PlanOperation operation = track.OperationAt(i);
            operation.A += Shift(operation.Kinds, 0, dataOffset);
            operation.B += Shift(operation.Kinds, 1, dataOffset);
            operation.C += Shift(operation.Kinds, 2, dataOffset);
            operation.D += Shift(operation.Kinds, 3, dataOffset);
            operation.E += Shift(operation.Kinds, 4, dataOffset);
            operation.F += Shift(operation.Kinds, 5, dataOffset);
            MemoryMarshal.Write(block.AsSpan(at), operation);
            at += PlanFormat.OperationSize;
        }

        return range;
    }

    private static uint Shift(ushort kinds, int argument, uint dataOffset) =>
        ((kinds >> (2 * argument)) & 3) == (int)PlanArgumentKind.Data ? dataOffset : 0;

    private void WriteData(byte[] block, uint relocationOffset, uint dataOffset)
    {
        plan.Data.CopyTo(block.AsSpan((int)dataOffset));
        for (int i = 0; i < plan.Relocations.Count; i++)
        {
            uint at = plan.Relocations[i] + dataOffset;
            long target = MemoryMarshal.Read<long>(block.AsSpan((int)at));
            MemoryMarshal.Write(block.AsSpan((int)at), target + dataOffset);
            MemoryMarshal.Write(block.AsSpan((int)relocationOffset + i * sizeof(uint)), at);
        }
    }
}
