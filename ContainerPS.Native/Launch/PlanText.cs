using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace ContainerPS.Native.Launch;

/// <summary>Shows a plan as text: what golden files hold.</summary>
internal sealed class PlanText
{
    private const long CloseOnExec = 0x80000;

    private readonly PlanBuilder _plan;
    private readonly StringBuilder _text = new();
    private readonly Dictionary<uint, string> _strings;

    private PlanText(PlanBuilder plan)
    {
        this._plan = plan;
        _strings = plan.StringsByOffset();
    }

    public static string Render(PlanBuilder plan) => new PlanText(plan).Render();

    private string Render()
    {
        _text.Append("plan ").Append(_plan.Mode).Append('\n');
        foreach (PlanTrack track in new[] { _plan.Parent, _plan.Child, _plan.Helper, _plan.Exit, _plan.Settle })
        {
            if (track.Count > 0)
            {
                RenderTrack(track);
            }
        }

        if (_plan.Monitor is { } monitor)
        {
            RenderMonitor(monitor);
        }

        return _text.ToString();
    }

    private void RenderTrack(PlanTrack track)
    {
        _text.Append('\n').Append(track.Name).Append('\n');
        for (int i = 0; i < track.Count; i++)
        {
            _text.Append("  ").Append(Line(track, i)).Append("    # ").Append(track.SentenceAt(i)).Append('\n');
        }
    }

    private string Line(PlanTrack track, int index)
    {
        PlanOperation operation = track.OperationAt(index);
        string result = operation.Result == PlanFormat.NoSlot ? "" : SlotText(operation.Result) + " = ";
        string accepted =
            operation.Accepted == 0
                ? ""
                : $" accepting {operation.Accepted}"
                    + (operation.AlsoAccepted == 0 ? "" : "," + operation.AlsoAccepted.ToString(CultureInfo.InvariantCulture));
        return $"{result}{Verb(operation)}({Arguments(track, index, operation)}){accepted}";
    }

    private static string Verb(in PlanOperation operation) =>
        operation.Code switch
        {
            PlanOperationCode.Syscall => ((SystemCall)operation.Number).ToString(),
            PlanOperationCode.SyscallWhileBusy => $"{(SystemCall)operation.Number} up to {operation.Aux} times",
            PlanOperationCode.Expect or PlanOperationCode.SkipIf => $"{operation.Code} {(PlanComparison)operation.Number}",
            PlanOperationCode.Signal or PlanOperationCode.Wait => $"{operation.Code} {operation.Number}",
            PlanOperationCode.Clone => $"Clone {(PlanTrackName)operation.Number}",
            _ => operation.Code.ToString(),
        };

    private string Arguments(PlanTrack track, int index, in PlanOperation operation)
    {
        long[] values = [operation.A, operation.B, operation.C, operation.D, operation.E, operation.F];
        string[] shown = new string[CountOf(operation, values)];
        for (int i = 0; i < shown.Length; i++)
        {
            var kind = (PlanArgumentKind)((operation.Kinds >> (2 * i)) & 3);
            shown[i] = Argument(kind, values[i], track.TextAt(index, i) ?? TextOf(operation, i));
        }

        return string.Join(", ", shown);
    }

    /// <summary>Trailing zero constants say nothing.</summary>
    private static int CountOf(in PlanOperation operation, long[] values)
    {
        int count = values.Length;
        while (count > 0 && values[count - 1] == 0 && ((operation.Kinds >> (2 * (count - 1))) & 3) == 0)
        {
            count--;
        }

        return count;
    }

    private string Argument(PlanArgumentKind kind, long value, string? name) =>
        kind switch
        {
            PlanArgumentKind.Slot => SlotText(value),
            PlanArgumentKind.SlotAddress => "&" + SlotText(value),
            PlanArgumentKind.Data when ReferenceEquals(name, PlanBuilder.StringArray) => ArrayText((int)value),
            _ when name is not null => name,
            PlanArgumentKind.Data when _strings.TryGetValue((uint)value, out string? known) => Quoted(known),
            _ when value is < -4095 or > 4095 => "0x" + value.ToString("x", CultureInfo.InvariantCulture),
            _ => value.ToString(CultureInfo.InvariantCulture),
        };

    /// <summary>Numbers that an operation's shape gives a meaning.</summary>
    private static string? TextOf(in PlanOperation operation, int argument) =>
        (operation.Code, argument) switch
        {
            (PlanOperationCode.Syscall, 2) when operation.Number == (uint)SystemCall.openat && (operation.C & CloseOnExec) != 0 =>
                $"0x{operation.C & ~CloseOnExec:x}|O_CLOEXEC",
            (PlanOperationCode.Clone, 2) => "shared memory",
            (PlanOperationCode.ExpectFileType, 1) => Octal(operation.B),
            (PlanOperationCode.Resolve, 2) => ((PlanMake)operation.C).ToString(),
            (PlanOperationCode.Resolve, 3) => Octal(operation.D),
            (PlanOperationCode.Resolve, 4) => $"0x{operation.E:x}",
            _ => null,
        };

    private static string Octal(long mode) => "0" + Convert.ToString(mode, 8);

    private static string Quoted(string text) =>
        '"'
        + text.Replace("\n", "\\n", StringComparison.Ordinal)
            .Replace("\u0001", "%1", StringComparison.Ordinal)
            .Replace("\u0002", "%2", StringComparison.Ordinal)
        + '"';

    private string ArrayText(int offset)
    {
        var items = new List<string>();
        for (; BinaryPrimitives.ReadInt64LittleEndian(_plan.Data[offset..]) is long target and not 0; offset += 8)
        {
            items.Add(Quoted(_strings[(uint)target]));
        }

        return "[" + string.Join(", ", items) + "]";
    }

    /// <summary>Descriptor numbers of the starter differ from run to run: a named slot shows its name.</summary>
    private string SlotText(long index) => _plan.SlotName(index) is { } name ? $"${name}" : $"${index}";

    private void RenderMonitor(PlanMonitorSettings monitor)
    {
        _text.Append("\nMonitor\n");
        void Show(string name, string? value)
        {
            if (value is not null)
            {
                _text.Append("  ").Append(name).Append(": ").Append(value).Append('\n');
            }
        }

        void ShowSlot(string name, PlanValue? value) => Show(name, value is { } slot ? SlotText(slot.Value) : null);
        Show("flags", monitor.Flags.ToString());
        Show("run", monitor.Run.ToString(CultureInfo.InvariantCulture));
        ShowSlot("stdout", monitor.Stdout);
        ShowSlot("stderr", monitor.Stderr);
        ShowSlot("attached stdout", monitor.AttachedStdout);
        ShowSlot("attached stderr", monitor.AttachedStderr);
        ShowSlot("lock", monitor.Lock);
        Show("cgroup", monitor.CgroupDirectories.Count == 0 ? null : string.Join(' ', monitor.CgroupDirectories));
        Show("state", monitor.StatePath);
        Show("exits", monitor.ExitsPath);
        Show("recent exit", monitor.RecentExitPath);
        Show("events", monitor.EventsPath is { } events ? $"{events} {monitor.EventMembers}" : null);
        Show("log", monitor.LogDirectory is { } log ? $"{log} {monitor.LogMaxFiles} x {monitor.LogMaxSize}" : null);
        Show("oom", monitor.OomPath is { } oom ? $"{oom} {monitor.OomKey}" : null);
        ShowSlot("on-exit program", monitor.OnExitProgram);
        Show("on exit", monitor.OnExitCommand is { } command ? string.Join(' ', command) : null);
    }
}
