using System.Management.Automation;

namespace ContainerPS.Commands;

/// <summary>Tells what this host offers to containers.</summary>
[Cmdlet(VerbsCommon.Get, "ContainerHost")]
[OutputType(typeof(ContainerHost))]
public sealed class GetContainerHostCommand : EngineCmdlet
{
    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Attempt(null, Engine.GetHost, out ContainerHost? host))
        {
            WriteObject(host);
        }
    }
}
