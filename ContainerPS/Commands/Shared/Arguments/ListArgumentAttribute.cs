using System.Management.Automation;

namespace ContainerPS.Commands;

/// <summary>Several things, each in one of several written forms.</summary>
/// <typeparam name="T">What each of them becomes.</typeparam>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
public abstract class ListArgumentAttribute<T> : ArgumentTransformationAttribute
    where T : notnull
{
    /// <inheritdoc/>
    public sealed override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        if (Argument.Unwrap(inputData) is null)
        {
            return null;
        }

        try
        {
            return Argument.Elements(inputData).SelectMany(element => Read(engineIntrinsics, element)).ToArray();
        }
        catch (Exception e) when (e is FormatException or ArgumentException or OverflowException)
        {
            throw new ArgumentTransformationMetadataException(e.Message, e);
        }
    }

    /// <summary>One element gives one thing, a hashtable may give several.</summary>
    protected abstract IEnumerable<T> Convert(EngineIntrinsics engine, object? element);

    private IEnumerable<T> Read(EngineIntrinsics engine, object? element) =>
        Argument.Unwrap(element) is T already ? [already] : Convert(engine, element);

    /// <summary>Reads the members of a hashtable or object; a member that is not known is an error, not noise.</summary>
    protected static void RefuseUnknown(string what, IReadOnlyDictionary<string, object?> members, params string[] known)
    {
        ArgumentNullException.ThrowIfNull(members);
        if (members.Keys.FirstOrDefault(k => !known.Contains(k, StringComparer.OrdinalIgnoreCase)) is { } unknown)
        {
            throw new FormatException($"'{unknown}' is not part of {what}. It has: {string.Join(", ", known)}.");
        }
    }
}
