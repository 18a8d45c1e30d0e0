using System.Management.Automation;

namespace ContainerPS.Commands;

/// <summary>Tells the limits of containers: what is in force, and what was asked for.</summary>
[Cmdlet(VerbsCommon.Get, "CgroupLimit", DefaultParameterSetName = ByName)]
[OutputType(typeof(CgroupLimit))]
public sealed class GetCgroupLimitCommand : ContainerCmdlet
{
    private protected override void Process(Container container)
    {
        if (Attempt(container, () => Engine.Containers.GetLimit(container), out CgroupLimit? limit))
        {
            WriteObject(limit);
        }
    }
}
