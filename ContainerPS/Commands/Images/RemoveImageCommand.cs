using System.Management.Automation;
using ContainerPS.Engine.Images;

namespace ContainerPS.Commands;

/// <summary>Removes images.</summary>
[Cmdlet(VerbsCommon.Remove, "Image", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium, DefaultParameterSetName = ByName)]
[OutputType(typeof(PruneReport))]
public sealed class RemoveImageCommand : ImageCmdlet
{
    /// <summary>All names of the image at once.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Takes the name away and keeps the image.</summary>
    [Parameter]
    public SwitchParameter Untag { get; set; }

    /// <summary>Writes what was removed.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override void Process(Image image)
    {
        if (!ShouldProcess(image.ToString(), Untag ? "Untag image" : "Remove image"))
        {
            return;
        }

        if (!Attempt(image, () => Engine.Images.Remove(image, UsersOf, Force, Untag), out RemoveResult? removed))
        {
            return;
        }

        foreach (string warning in removed.Warnings)
        {
            WriteWarning(warning);
        }

        if (!PassThru)
        {
            return;
        }

        WriteObject(
            new PruneReport
            {
                Untagged = removed.Untagged,
                Removed = removed.Deleted,
                SpaceReclaimed = removed.SpaceReclaimed,
            }
        );
    }

    private static List<string> UsersOf(string imageId) =>
        [.. Engine.Containers.List().Where(c => c.ImageId == imageId).Select(c => c.Name)];
}
