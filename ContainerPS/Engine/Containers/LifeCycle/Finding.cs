using ContainerPS.Engine.Containers.State;

namespace ContainerPS.Engine.Containers.LifeCycle;

/// <summary>Finds containers. Those whose monitor has died are adopted on the way.</summary>
internal sealed class Finding(ContainerContext context, Reconciling reconciling)
{
    /// <summary>Those that match, by creation time.</summary>
    public IReadOnlyList<Container> List(ContainerQuery? query)
    {
        var containers = new List<Container>();
        // One that has lost its record may have lost more, and run all the same: then only the run root knows it.
        foreach (string id in context.Store.Ids().Union(context.Store.RunIds()))
        {
            if (context.Store.Open(id) is not { } container)
            {
                continue;
            }

            reconciling.ReconcileQuietly(container);
            // What was removed on the way is not listed.
            if (container.State is not ContainerState.Removed && (query is null || Matches(container, query)))
            {
                containers.Add(container);
            }
        }

        containers.Sort();
        return containers;
    }

    /// <summary>The container of a name, an id or an unambiguous id prefix.</summary>
    public Container Get(string nameOrIdOrPrefix) =>
        Find(nameOrIdOrPrefix) ?? throw ContainerObjectNotFoundException.Container(nameOrIdOrPrefix);

    /// <summary>As <see cref="Get"/>, null where there is none; an ambiguous prefix still throws.</summary>
    public Container? Find(string nameOrIdOrPrefix)
    {
        ArgumentNullException.ThrowIfNull(nameOrIdOrPrefix);
        Container? container = context.Store.Find(nameOrIdOrPrefix);
        if (container is not null)
        {
            reconciling.ReconcileQuietly(container);
        }

        return container is null || container.State is ContainerState.Removed ? null : container;
    }

    /// <summary>Names of the containers that an image, by its id, is in use by.</summary>
    public IReadOnlyList<string> Using(string imageId) =>
        [
            .. context
                .Store.Ids()
                .Select(context.Store.Open)
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
