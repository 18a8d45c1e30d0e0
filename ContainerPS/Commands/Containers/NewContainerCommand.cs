using System.Management.Automation;
using ContainerPS.Engine;

namespace ContainerPS.Commands;

/// <summary>Creates a container.</summary>
[Cmdlet(VerbsCommon.New, "Container", SupportsShouldProcess = true, DefaultParameterSetName = FromImage)]
[Alias("Create-Container")]
[OutputType(typeof(Container))]
public sealed class NewContainerCommand : ContainerDefinitionCmdlet
{
    /// <summary>The image.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = FromImage)]
    [OneImageArgument]
    [ArgumentCompleter(typeof(ImageNameCompleter))]
    public ImageSelector? Image { get; set; }

    /// <summary>Removed when it ends.</summary>
    [Parameter]
    public SwitchParameter AutoRemove { get; set; }

    private protected override ImageSelector? ImageOfSet => Image;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        object? source = (object?)Image?.Image ?? Image?.Text ?? RootFs ?? OciSpec;
        if (!Attempt(source, () => Definition() with { AutoRemove = AutoRemove }, out ContainerDefinition? definition))
        {
            return;
        }

        if (!ShouldProcess(definition.Name ?? source?.ToString() ?? "", "Create container"))
        {
            return;
        }

        if (!Attempt(source, () => Engine.Containers.Warnings(definition), out IReadOnlyList<string>? warnings))
        {
            return;
        }

        foreach (string warning in warnings)
        {
            WriteWarning(warning);
        }

        if (Attempt(source, () => Engine.Containers.Create(definition), out Container? container))
        {
            WriteObject(container);
        }
    }
}
