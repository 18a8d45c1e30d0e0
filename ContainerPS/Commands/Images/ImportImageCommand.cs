using System.Management.Automation;
using ContainerPS.Engine.Images;

namespace ContainerPS.Commands;

/// <summary>Takes in images from an OCI layout or a docker archive.</summary>
[Cmdlet(VerbsData.Import, "Image", SupportsShouldProcess = true)]
[Alias("Load-Image")]
[OutputType(typeof(Image))]
public sealed class ImportImageCommand : EngineCmdlet
{
    /// <summary>OCI layouts (directory or tar) or docker archives.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [PathArgument]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>Instead of the names that the source gives.</summary>
    [Parameter]
    [ImageReferenceArgument]
    public ImageReference? Name { get; set; }

    /// <summary>os/architecture[/variant].</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Platform { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string pattern in Path)
        {
            if (Attempt(pattern, () => Resolve(pattern), out List<string>? files))
            {
                files.ForEach(Import);
            }
        }
    }

    private void Import(string file)
    {
        if (!ShouldProcess(file, "Import image"))
        {
            return;
        }

        if (
            !Attempt(
                file,
                () =>
                    ProgressRelay.Run(
                        this,
                        p =>
                            Engine.Images.Import(
                                file,
                                new ImportOptions
                                {
                                    Name = Name,
                                    Platform = Platform,
                                    Progress = p,
                                },
                                Cancellation
                            )
                    ),
                out IReadOnlyList<Image>? images
            )
        )
        {
            return;
        }

        foreach (Image image in images)
        {
            WriteObject(image);
        }
    }

    private List<string> Resolve(string pattern)
    {
        if (!WildcardPattern.ContainsWildcardCharacters(pattern))
        {
            return [HostPath(WildcardPattern.Unescape(pattern))];
        }

        return [.. SessionState.Path.GetResolvedProviderPathFromPSPath(pattern, out _)];
    }
}
