using System.Management.Automation;
using ContainerPS.Engine;

namespace ContainerPS.Commands;

/// <summary>
/// Which events a reference means. The journal knows containers that have been removed; several may have had one name, one after another,
/// and a name means all of them.
/// </summary>
internal sealed class EventFilter
{
    /// <summary>As many digits of a removed container's id as lists show.</summary>
    private const int ShortIdLength = 12;

    private readonly Func<EventActor, bool> _matches;

    private EventFilter(Func<EventActor, bool> matches) => _matches = matches;

    /// <exception cref="ContainerObjectNotFoundException">A literal that means no container, and none that the journal knows.</exception>
    public static EventFilter Of(ContainerEngine engine, ContainerReference reference)
    {
        if (reference.Container is { } container)
        {
            return new EventFilter(actor => actor.Id == container.Id);
        }

        if (reference.HasWildcards)
        {
            var pattern = WildcardPattern.Get(reference.Text, WildcardOptions.CultureInvariant);
            return new EventFilter(actor => actor.Name is { } name && pattern.IsMatch(name));
        }

        return Literal(engine, reference);
    }

    public bool Matches(EventActor actor) => _matches(actor);

    private static EventFilter Literal(ContainerEngine engine, ContainerReference reference)
    {
        string text = reference.Text;
        // A prefix that several containers have is an error.
        string? id = engine.Containers.Find(text)?.Id;
        if (reference.IsId && id?.StartsWith(text, StringComparison.Ordinal) == false)
        {
            id = null;
        }

        bool Matches(EventActor actor) =>
            actor.Id == id
            || (!reference.IsId && actor.Name == text)
            || (id is null && text.Length >= ShortIdLength && actor.Id.StartsWith(text, StringComparison.OrdinalIgnoreCase));

        bool isKnown = id is not null || engine.Events.List(new EventQuery { Container = Matches, Newest = 1 }).Events.Count > 0;
        return isKnown ? new EventFilter(Matches) : throw ContainerObjectNotFoundException.Container(text);
    }
}
