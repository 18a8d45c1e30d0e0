using System.Diagnostics;
using System.Management.Automation;
using ContainerPS.Engine.Common;

namespace ContainerPS.Commands;

/// <summary>Does long work on another thread and shows its progress from the pipeline thread, the only one that may.</summary>
internal static class ProgressRelay
{
    // What is done in a second needs no bar.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(100);

    public static T Run<T>(EngineCmdlet cmdlet, Func<IProgress<WorkProgress>, T> work)
    {
        var reports = new Latest();
        Task<T> result = Task.Factory.StartNew(
            () => work(reports),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );
        var clock = Stopwatch.StartNew();
        ProgressRecord? shown = null;
        while (!Ended(result))
        {
            if (clock.Elapsed > Patience && reports.Take() is { } report)
            {
                cmdlet.WriteProgress(shown = Record(report));
            }
        }

        if (shown is not null)
        {
            shown.RecordType = ProgressRecordType.Completed;
            cmdlet.WriteProgress(shown);
        }

        return result.GetAwaiter().GetResult();
    }

    private static bool Ended(Task work)
    {
        try
        {
            return work.Wait(Pace);
        }
        catch (AggregateException)
        {
            // The caller gets it from the result, unwrapped.
            return true;
        }
    }

    private static ProgressRecord Record(WorkProgress report) =>
        new(0, report.Activity, report.Item)
        {
            PercentComplete = report.Total > 0 ? (int)Math.Clamp(100 * report.Done / report.Total, 0, 100) : -1,
        };

    private sealed class Latest : IProgress<WorkProgress>
    {
        private readonly object _gate = new();
        private WorkProgress? _report;

        public void Report(WorkProgress value)
        {
            lock (_gate)
            {
                _report = value;
            }
        }

        public WorkProgress? Take()
        {
            lock (_gate)
            {
                WorkProgress? report = _report;
                _report = null;
                return report;
            }
        }
    }
}
