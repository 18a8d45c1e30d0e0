using System.Management.Automation;
using ContainerPS.Engine.Common;

namespace ContainerPS.Commands;

/// <summary>Looks for what is wrong with the store.</summary>
[Cmdlet(VerbsDiagnostic.Test, "ContainerStorage")]
[OutputType(typeof(StorageProblem), typeof(bool))]
public sealed class TestContainerStorageCommand : EngineCmdlet
{
    /// <summary>Also compares every blob with its digest.</summary>
    [Parameter]
    public SwitchParameter Deep { get; set; }

    /// <summary>Writes only whether the store is whole.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (!Attempt(null, () => StorageWork.Look(this, Deep), out IReadOnlyList<StorageProblem>? problems))
        {
            return;
        }

        if (Quiet)
        {
            WriteObject(problems.Count == 0);
        }
        else
        {
            WriteObject(problems, enumerateCollection: true);
        }
    }
}
