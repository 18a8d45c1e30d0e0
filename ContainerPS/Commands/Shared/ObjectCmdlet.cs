namespace ContainerPS.Commands;

/// <summary>
/// A cmdlet that works on objects of one kind, one after the other. Each kind has a cmdlet below this that declares its parameters:
/// <c>-Name</c> takes names with wildcards, ids and objects, also from the pipeline; <c>-Id</c> is literal. Nothing binds by property name:
/// an image's Id or a file's Name is not a container's.
/// </summary>
/// <typeparam name="TObject">A container, an image.</typeparam>
/// <typeparam name="TSelector">What a user names it by.</typeparam>
public abstract class ObjectCmdlet<TObject, TSelector> : EngineCmdlet
    where TObject : class
    where TSelector : ObjectSelector<TObject>
{
    private protected const string ByName = "Name";
    private protected const string ById = "Id";

    private protected ObjectCmdlet() { }

    private protected abstract ObjectKind<TObject, TSelector> Kind { get; }

    /// <summary>What the user named; null for all.</summary>
    private protected abstract IReadOnlyList<TSelector>? Selectors { get; }

    /// <inheritdoc/>
    protected sealed override void ProcessRecord()
    {
        foreach (TObject item in Kind.Find(this, Selectors))
        {
            Process(item);
        }
    }

    /// <summary>Works on one object, or keeps it for the end.</summary>
    private protected abstract void Process(TObject item);
}
