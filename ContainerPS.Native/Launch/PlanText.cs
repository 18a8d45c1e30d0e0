using System.Globalization;
using System.Text;

namespace ContainerPS.Native.Launch;

/// <summary>Shows a plan as text: what golden files hold.</summary>
internal static class PlanText
{
    public static string Render(PlanBuilder plan)
    {
        var text = new StringBuilder();
        text.Append("plan ").Append(plan.Mode).Append('\n');
        foreach (PlanTrack track in new[] { plan.Parent, plan.Child, plan.Helper, plan.Exit })
        {
            if (track.Count > 0)
                RenderTrack(text, plan, track);
        }

        if (plan.Monitor is { } monitor)
            RenderMonitor(text, plan, monitor);
        return text.ToString();
    }

    private static void RenderTrack(StringBuilder text, PlanBuilder plan, PlanTrack track)
    {
        text.Append('\n').Append(track.Name).Append('\n');
        IReadOnlyList<string> sentences = track.Sentences;
        for (int i = 0; i < track.Count; i++)
        {
            text.Append("  ").Append(Line(plan, track, i)).Append("    # ").Append(sentences[i]).Append('\n');
        }
    }

    private static string Line(PlanBuilder plan, PlanTrack track, int index)
    {
        PlanOperation operation = track.OperationAt(index);
        string result = operation.Result == PlanFormat.NoSlot ? "" : SlotText(plan, operation.Result) + " = ";
        string accepted = operation.Accepted == 0 ? "" : $" accepting {operation.Accepted}{(operation.AlsoAccepted == 0 ? "" : "," + operation.AlsoAccepted.ToString(CultureInfo.InvariantCulture))}";
        return $"{result}{Verb(operation)}({Arguments(plan, track, index, operation)}){accepted}";
    }

    private static string Verb(in PlanOperation operation) => operation.Code switch
    {
        PlanOperationCode.Syscall => ((SystemCall)operation.Number).ToString(),
        PlanOperationCode.SyscallWhileBusy => $"{(SystemCall)operation.Number} up to {operation.Aux} times",
        PlanOperationCode.Expect or PlanOperationCode.SkipIf => $"{operation.Code} {(PlanComparison)operation.Number}",
        PlanOperationCode.Signal or PlanOperationCode.Wait => $"{operation.Code} {operation.Number}",
        PlanOperationCode.Clone => $"Clone {(PlanTrackName)operation.Number}",
        _ => operation.Code.ToString(),
    };

    private static string Arguments(PlanBuilder plan, PlanTrack track, int index, in PlanOperation operation)
    {
        long[] values = [operation.A, operation.B, operation.C, operation.D, operation.E, operation.F];
        var shown = new string[CountOf(operation, values)];
        for (int i = 0; i < shown.Length; i++)
        {
            var kind = (PlanArgumentKind)((operation.Kinds >> (2 * i)) & 3);
            shown[i] = Argument(plan, kind, values[i], track.TextAt(index, i));
        }

        return string.Join(", ", shown);
    }

    /// <summary>Trailing zero constants say nothing.</summary>
    private static int CountOf(in PlanOperation operation, long[] values)
    {
        int count = values.Length;
        while (count > 0 && values[count - 1] == 0 && ((operation.Kinds >> (2 * (count - 1))) & 3) == 0)
            count--;
        return count;
    }

    private static string Argument(PlanBuilder plan, PlanArgumentKind kind, long value, string? name) => kind switch
    {
        PlanArgumentKind.Slot => SlotText(plan, value),
        PlanArgumentKind.SlotAddress => "&" + SlotText(plan, value),
        _ when name is not null => name,
        _ when value is < -4095 or > 4095 => "0x" + value.ToString("x", CultureInfo.InvariantCulture),
        _ => value.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>Descriptor numbers of the starter differ from run to run: a named slot shows its name.</summary>
    private static string SlotText(PlanBuilder plan, long index) => plan.SlotName(index) is { } name ? $"${name}" : $"${index}";

    private static void RenderMonitor(StringBuilder text, PlanBuilder plan, PlanMonitorSettings monitor)
    {
        text.Append("\nMonitor\n");
        void Show(string name, string? value)
        {
            if (value is not null)
                text.Append("  ").Append(name).Append(": ").Append(value).Append('\n');
        }

        void ShowSlot(string name, PlanValue? value) => Show(name, value is { } slot ? SlotText(plan, slot.Value) : null);
        Show("flags", monitor.Flags.ToString());
        Show("run", monitor.Run.ToString(CultureInfo.InvariantCulture));
        ShowSlot("stdout", monitor.Stdout);
        ShowSlot("stderr", monitor.Stderr);
        ShowSlot("attached stdout", monitor.AttachedStdout);
        ShowSlot("attached stderr", monitor.AttachedStderr);
        ShowSlot("lock", monitor.Lock);
        ShowSlot("cgroup", monitor.Cgroup);
        Show("state", monitor.StatePath);
        Show("exits", monitor.ExitsPath);
        Show("recent exit", monitor.RecentExitPath);
        Show("log", monitor.LogDirectory is { } log ? $"{log} {monitor.LogMaxFiles} x {monitor.LogMaxSize}" : null);
        Show("oom", monitor.OomPath is { } oom ? $"{oom} {monitor.OomKey}" : null);
        Show("on exit", monitor.OnExitCommand is { } command ? string.Join(' ', command) : null);
    }
}
