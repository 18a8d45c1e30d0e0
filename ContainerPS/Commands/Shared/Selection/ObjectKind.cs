using ContainerPS.Engine;

namespace ContainerPS.Commands;

/// <summary>
/// One kind of objects, as cmdlets find them: the pair of the object and of the selector that a user names it by. Each kind is made of what
/// differs, in <see cref="ObjectKinds"/>.
/// </summary>
/// <param name="literal">The object that a selector without wildcards means; throws when there is none.</param>
/// <param name="matching">The objects that a selector with wildcards means.</param>
/// <param name="all">All objects.</param>
internal sealed class ObjectKind<TObject, TSelector>(
    Func<ContainerEngine, TSelector, TObject> literal,
    Func<ContainerEngine, TSelector, IEnumerable<TObject>> matching,
    Func<ContainerEngine, IReadOnlyList<TObject>> all
)
    where TObject : class
    where TSelector : ObjectSelector<TObject>
{
    /// <summary>A literal that matches nothing throws; wildcards that match nothing give nothing.</summary>
    public IReadOnlyList<TObject> Find(ContainerEngine engine, TSelector selector) =>
        selector.Given is { } given ? [given]
        : selector.HasWildcards ? [.. matching(engine, selector)]
        : [literal(engine, selector)];

    /// <summary>
    /// What a cmdlet works on: one after the other; a selector that fails is one error, and the others go on. Null selectors are all
    /// objects.
    /// </summary>
    public IEnumerable<TObject> Find(EngineCmdlet cmdlet, IReadOnlyList<TSelector>? selectors)
    {
        if (selectors is null)
        {
            return cmdlet.Attempt(null, () => all(EngineCmdlet.Engine), out IReadOnlyList<TObject>? everything) ? everything : [];
        }

        return selectors.SelectMany(selector =>
            cmdlet.Attempt(selector.ToString(), () => Find(EngineCmdlet.Engine, selector), out IReadOnlyList<TObject>? found) ? found : []
        );
    }
}

/// <summary>The kinds of objects that cmdlets work on.</summary>
internal static class ObjectKinds
{
    public static ObjectKind<Container, ContainerReference> Containers { get; } =
        new(ContainerSelection.Literal, ContainerSelection.Matching, engine => engine.Containers.List());

    public static ObjectKind<Image, ImageSelector> Images { get; } =
        new(ImageSelection.Literal, ImageSelection.Matching, engine => engine.Images.List());
}
