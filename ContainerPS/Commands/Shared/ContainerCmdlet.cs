using System.Management.Automation;

namespace ContainerPS.Commands;

/// <summary>
/// A cmdlet that works on containers: <c>-Name</c> takes names with wildcards, ids and objects, also from the pipeline; <c>-Id</c> is
/// literal. Nothing binds by property name: an image's Id or a file's Name is not a container's.
/// </summary>
public abstract class ContainerCmdlet : EngineCmdlet
{
    private protected const string ByName = "Name";
    private protected const string ById = "Id";

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

    /// <inheritdoc/>
    protected sealed override void ProcessRecord()
    {
        foreach (ContainerReference reference in (Name ?? Id)!)
        {
            if (!Attempt(reference.ToString(), () => ContainerSelection.Find(Engine, reference), out IEnumerable<Container>? found))
            {
                continue;
            }

            foreach (Container container in found)
            {
                Process(container);
            }
        }
    }

    /// <summary>Works on one container, or keeps it for the end.</summary>
    private protected abstract void Process(Container container);
}
