using System.Management.Automation;
using ContainerPS.Engine;

namespace ContainerPS.Commands;

/// <summary>
/// Names, wildcards, ids, container objects and deserialised ones. Everything else is refused: binding through ToString would let
/// a volume called web stop the container web.
/// </summary>
public sealed class ContainerArgumentAttribute : ListArgumentAttribute<ContainerReference>
{
    private const string Deserialized = "Deserialized.ContainerPS.Container";

    /// <summary>Text is an id, not a name.</summary>
    public bool Literal { get; init; }

    /// <inheritdoc/>
    protected override IEnumerable<ContainerReference> Convert(EngineIntrinsics engine, object? element) =>
        Argument.Unwrap(element) switch
        {
            string text => [Literal ? ContainerReference.FromId(text) : ContainerReference.FromText(text)],
            Container container => [ContainerReference.FromContainer(container)],
            CgroupLimit limit => [ContainerReference.FromId(limit.Id)],
            ContainerStats stats => [ContainerReference.FromId(stats.Id)],
            ContainerEvent { Type: EventTypes.Container } found => [ContainerReference.FromId(found.Actor.Id)],
            _ when DeserializedId(element) is { } id => [ContainerReference.FromId(id)],
            // A name that looks like a number: Get-Container 42.
            { } number when Argument.IsNumber(number) => [ContainerReference.FromText(Argument.Text(element))],
            { } other => throw new FormatException(
                $"A {other.GetType().FullName} is not a container: give a name, an id or a container object."
            ),
            null => throw new FormatException("A container's name or id cannot be null."),
        };

    private static string? DeserializedId(object? element) =>
        element is PSObject wrapped && wrapped.TypeNames.Contains(Deserialized) ? wrapped.Properties["Id"]?.Value as string : null;
}
