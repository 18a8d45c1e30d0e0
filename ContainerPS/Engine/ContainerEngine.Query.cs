using ContainerPS.Engine.Containers.State;

namespace ContainerPS.Engine;

public sealed partial class ContainerEngine
{
    /// <summary>Containers that match, by creation time. Those whose monitor has died are adopted on the way.</summary>
    public IReadOnlyList<Container> GetContainers(ContainerQuery? query = null)
    {
        var containers = new List<Container>();
        foreach (string id in _store.Ids())
        {
            if (_store.Open(id) is not { } container)
            {
                continue;
            }

            ReconcileQuietly(container);
            if (query is null || Matches(container, query))
            {
                containers.Add(container);
            }
        }

        containers.Sort();
        return containers;
    }

    /// <summary>The container of a name, an id or an unambiguous id prefix.</summary>
    public Container GetContainer(string nameOrIdOrPrefix) =>
        FindContainer(nameOrIdOrPrefix) ?? throw ContainerObjectNotFoundException.Container(nameOrIdOrPrefix);

    /// <summary>As <see cref="GetContainer"/>, null where there is none; an ambiguous prefix still throws.</summary>
    public Container? FindContainer(string nameOrIdOrPrefix)
    {
        ArgumentNullException.ThrowIfNull(nameOrIdOrPrefix);
        Container? container = _store.Find(nameOrIdOrPrefix);
        if (container is not null)
        {
            ReconcileQuietly(container);
        }

        return container;
    }

    /// <summary>Names of the containers that an image, by its id, is in use by.</summary>
    public IReadOnlyList<string> ContainersOf(string imageId) =>
        [
            .. _store
                .Ids()
                .Select(_store.Open)
                .OfType<Container>()
                .Where(container => container.ImageId == imageId)
                .Select(container => container.Name),
        ];

    private static bool Matches(Container container, ContainerQuery query) =>
        (query.Name is null || query.Name(container.Name))
        && (query.States.Count == 0 || query.States.Contains(container.State))
        && query.Labels.All(label =>
            container.Labels.TryGetValue(label.Key, out string? value) && (label.Value is null || label.Value == value)
        )
        && (query.Image is null || query.Image(container));
}
