using System.Management.Automation;
using ContainerPS.Commands;

namespace ContainerPS;

/// <summary>Work on containers in the background: a child for each container, worked on side by side.</summary>
public sealed class ContainerJob : Job
{
    private readonly object _gate = new();
    private readonly int _throttle;

    internal ContainerJob(string command, int throttle, IEnumerable<ContainerChildJob> children)
        : base(command)
    {
        _throttle = throttle;
        PSJobTypeName = nameof(ContainerJob);
        foreach (ContainerChildJob child in children)
        {
            ChildJobs.Add(child);
        }
    }

    /// <inheritdoc/>
    public override bool HasMoreData => ChildJobs.Any(c => c.HasMoreData);

    /// <inheritdoc/>
    public override string Location => "localhost";

    /// <inheritdoc/>
    public override string StatusMessage => string.Join("; ", ChildJobs.Select(c => c.StatusMessage).Where(m => m.Length > 0));

    /// <inheritdoc/>
    public override void StopJob()
    {
        foreach (Job? child in ChildJobs)
        {
            child.StopJob();
        }
    }

    internal void Start()
    {
        SetJobState(JobState.Running);
        var children = ChildJobs.Cast<ContainerChildJob>().ToList();
        new Thread(() =>
        {
            foreach (Outcome<ContainerChildJob> outcome in SideBySide.Run(children, _throttle, child => child.Run()))
            {
                _ = outcome;
            }

            lock (_gate)
            {
                SetJobState(Ending());
            }
        })
        {
            IsBackground = true,
            Name = "containerps-job",
        }.Start();
    }

    private JobState Ending()
    {
        var states = ChildJobs.Select(c => c.JobStateInfo.State).ToList();
        return states.Contains(JobState.Failed) ? JobState.Failed
            : states.Contains(JobState.Stopped) ? JobState.Stopped
            : JobState.Completed;
    }
}
