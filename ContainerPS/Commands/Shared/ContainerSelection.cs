using System.Management.Automation;
using ContainerPS.Engine;

namespace ContainerPS.Commands;

/// <summary>Finds the containers that a user named.</summary>
internal static class ContainerSelection
{
    /// <summary>A literal that matches nothing throws; wildcards that match nothing give nothing.</summary>
    public static IEnumerable<Container> Find(ContainerEngine engine, ContainerReference reference)
    {
        if (reference.Container is { } container)
        {
            return [container];
        }

        if (!reference.HasWildcards)
        {
            return [Literal(engine, reference)];
        }

        var pattern = WildcardPattern.Get(reference.Text, WildcardOptions.CultureInvariant);
        return engine.Containers.List(new ContainerQuery { Name = pattern.IsMatch });
    }

    private static Container Literal(ContainerEngine engine, ContainerReference reference)
    {
        Container found = engine.Containers.Get(reference.Text);
        return !reference.IsId || found.Id.StartsWith(reference.Text, StringComparison.Ordinal)
            ? found
            : throw ContainerObjectNotFoundException.Container(reference.Text);
    }
}
