using System.Management.Automation;
using System.Text.RegularExpressions;
using ContainerPS.Engine;

namespace ContainerPS.Commands;

/// <summary>Reads what containers have written, merged by time.</summary>
[Cmdlet(VerbsCommon.Get, "ContainerLog", DefaultParameterSetName = ByName)]
[OutputType(typeof(ContainerLogRecord), typeof(string))]
public sealed class GetContainerLogCommand : ContainerCmdlet
{
    private readonly List<Container> _containers = [];
    private Regex? _pattern;

    /// <summary>Only the last records of each.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int? Tail { get; set; }

    /// <summary>Only since then.</summary>
    [Parameter]
    [PointInTimeArgument]
    public DateTimeOffset? Since { get; set; }

    /// <summary>Only until then.</summary>
    [Parameter]
    [PointInTimeArgument]
    public DateTimeOffset? Until { get; set; }

    /// <summary>Goes on with what is written later.</summary>
    [Parameter]
    public SwitchParameter Follow { get; set; }

    /// <summary>Only one of the streams.</summary>
    [Parameter]
    public ContainerStream? Stream { get; set; }

    /// <summary>Only lines that match this regular expression.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Pattern { get; set; }

    /// <summary>Only the text of the lines.</summary>
    [Parameter]
    public SwitchParameter Raw { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        try
        {
            _pattern = Pattern is null ? null : new Regex(Pattern, RegexOptions.CultureInvariant);
        }
        catch (ArgumentException e)
        {
            Fail(Invalid($"'{Pattern}' is not a regular expression: {e.Message}", Pattern), Pattern);
        }
    }

    private protected override void Process(Container container) => _containers.Add(container);

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        var query = new LogQuery
        {
            Tail = Tail,
            Since = Since,
            Until = Until,
            Follow = Follow,
            Stream = Stream,
        };
        CancellationToken cancellation = Cancellation;
        foreach (
            (Container? container, ContainerLogRecord? record, Exception? failure) in LogMerge.Read(
                _containers,
                Follow,
                c => Engine.Containers.ReadLog(c, query, cancellation),
                cancellation
            )
        )
        {
            if (failure is not null)
            {
                Report(failure, container);
            }
            else if (_pattern?.IsMatch(record!.Message) != false)
            {
                WriteObject(Raw ? record!.Message : record);
            }
        }
    }
}
