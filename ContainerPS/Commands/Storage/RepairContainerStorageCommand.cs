using System.Management.Automation;
using ContainerPS.Engine;

namespace ContainerPS.Commands;

/// <summary>Sets right what is wrong with the store.</summary>
[Cmdlet(VerbsDiagnostic.Repair, "ContainerStorage", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(StorageProblem))]
public sealed class RepairContainerStorageCommand : EngineCmdlet
{
    /// <summary>Also compares every blob with its digest.</summary>
    [Parameter]
    public SwitchParameter Deep { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (!Attempt(null, () => StorageWork.Look(this, Deep), out IReadOnlyList<StorageProblem>? problems))
        {
            return;
        }

        foreach (StorageProblem problem in problems.Where(problem => !problem.CanRepair))
        {
            ReportLeft(problem);
        }

        List<StorageProblem> wanted = [.. problems.Where(problem => problem.CanRepair && IsWanted(problem))];
        if (wanted.Count > 0)
        {
            Repair(wanted);
        }
    }

    private bool IsWanted(StorageProblem problem) =>
        ShouldProcess($"{problem.Message} {problem.Remedy}", $"{problem.Message} {problem.Remedy}", "Repair container storage");

    private void Repair(List<StorageProblem> wanted)
    {
        ContainerStorage storage = Engine.Storage;
        if (
            !Attempt(
                null,
                () => ProgressRelay.Run(this, _ => storage.Repair(wanted, Cancellation)),
                out IReadOnlyList<StorageProblem>? tried
            )
        )
        {
            return;
        }

        foreach (StorageProblem problem in tried)
        {
            if (problem.Repaired)
            {
                WriteObject(problem);
            }
            else
            {
                ReportLeft(problem);
            }
        }
    }

    private void ReportLeft(StorageProblem problem)
    {
        string text = problem.Failure is { } failure ? $"{problem.Message} The repair failed: {failure}" : problem.Message;
        Report(new ContainerStorageException(ErrorIds.StoreCorrupt, text, problem.Target, problem.Remedy), problem);
    }
}
