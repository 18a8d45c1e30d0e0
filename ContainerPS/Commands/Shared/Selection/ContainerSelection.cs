using System.Management.Automation;
using ContainerPS.Engine;

namespace ContainerPS.Commands;

/// <summary>Finds the containers that a user named.</summary>
internal static class ContainerSelection
{
    public static Container Literal(ContainerEngine engine, ContainerReference reference)
    {
        Container found = engine.Containers.Get(reference.Text);
        return !reference.IsId || found.Id.StartsWith(reference.Text, StringComparison.Ordinal)
            ? found
            : throw ContainerObjectNotFoundException.Container(reference.Text);
    }

    public static IEnumerable<Container> Matching(ContainerEngine engine, ContainerReference reference)
    {
        var pattern = WildcardPattern.Get(reference.Text, WildcardOptions.CultureInvariant);
        return engine.Containers.List(new ContainerQuery { Name = pattern.IsMatch });
    }
}
