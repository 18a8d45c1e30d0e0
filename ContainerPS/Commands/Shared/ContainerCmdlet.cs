using System.Management.Automation;

namespace ContainerPS.Commands;

/// <summary>A cmdlet that works on the containers that are named to it.</summary>
public abstract class ContainerCmdlet : ObjectCmdlet<Container, ContainerReference>
{
    private protected ContainerCmdlet() { }

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

    private protected sealed override ObjectKind<Container, ContainerReference> Kind => ObjectKinds.Containers;

    private protected sealed override IReadOnlyList<ContainerReference>? Selectors => (Name ?? Id)!;
}
