using System.Management.Automation;
using ContainerPS.Engine;

namespace ContainerPS.Commands;

/// <summary>Changes the limits of containers, at once when they run and for their next start.</summary>
[Cmdlet(VerbsCommon.Set, "CgroupLimit", SupportsShouldProcess = true, DefaultParameterSetName = ByName)]
[OutputType(typeof(Container))]
public sealed class SetCgroupLimitCommand : LimitCmdlet
{
    private const string ByName = "Name";
    private const string ById = "Id";

    private CgroupLimitChange? _change;

    /// <summary>The containers.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = ByName)]
    [Alias("Container", "InputObject")]
    [ContainerArgument]
    [ArgumentCompleter(typeof(ContainerNameCompleter))]
    [ValidateNotNullOrEmpty]
    public ContainerReference[]? Name { get; set; }

    /// <summary>Ids or id prefixes.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ById)]
    [ContainerArgument(Literal = true)]
    [ArgumentCompleter(typeof(ContainerIdCompleter))]
    [ValidateNotNullOrEmpty]
    public ContainerReference[]? Id { get; set; }

    /// <summary>Writes the container.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        _change = new CgroupLimitChange { Values = RequestedLimits() };
        if (_change.Values.IsEmpty)
        {
            Fail(Invalid("There is no limit to change.", null, "Give one, for example -MemoryMax 64MB."), null);
        }

        if (
            !Attempt(
                null,
                () => Engine.Containers.Warnings(new ContainerDefinition { Limits = _change.Values }),
                out IReadOnlyList<string>? warnings
            )
        )
        {
            return;
        }

        foreach (string warning in warnings)
        {
            WriteWarning(warning);
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (Container container in ObjectKinds.Containers.Find(this, (Name ?? Id)!))
        {
            Change(container);
        }
    }

    private void Change(Container container)
    {
        if (!Attempt(container, () => Engine.Containers.PreviewLimit(container, _change!), out IReadOnlyList<LimitChangePreview>? preview))
        {
            return;
        }

        string files = string.Join(Environment.NewLine, preview.Select(p => $"  {p}"));
        string description = $"Set limits of container '{container.Name}':{Environment.NewLine}{files}";
        if (!ShouldProcess(description, $"{description}{Environment.NewLine}Continue?", "Set-CgroupLimit"))
        {
            return;
        }

        if (Attempt(container, () => Engine.Containers.SetLimit(container, _change!), out _) && PassThru)
        {
            WriteObject(container);
        }
    }
}
