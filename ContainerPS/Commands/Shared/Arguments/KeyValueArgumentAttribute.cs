using System.Collections;
using System.Management.Automation;

namespace ContainerPS.Commands;

/// <summary>
/// Names with values: a hashtable, or 'A=b' texts. Numbers are written invariantly; a name may come once. A null in a hashtable stays null.
/// </summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
public sealed class KeyValueArgumentAttribute : ArgumentTransformationAttribute
{
    /// <summary>A name without a value takes the value that the variable has in this process, as docker run -e NAME does.</summary>
    public bool FromEnvironment { get; init; }

    /// <summary>A name without a value stays without one: any value is meant.</summary>
    public bool NameAlone { get; init; }

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        if (Argument.Unwrap(inputData) is not { } value)
        {
            return null;
        }

        if (value is IReadOnlyDictionary<string, string?> already)
        {
            return already;
        }

        var result = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (object? element in Argument.Elements(inputData))
        {
            Add(result, element);
        }

        return result;
    }

    private void Add(Dictionary<string, string?> result, object? element)
    {
        switch (Argument.Unwrap(element))
        {
            case IDictionary dictionary:
                foreach (DictionaryEntry entry in dictionary)
                {
                    AddOne(result, Argument.Text(entry.Key), Scalar(entry.Key, entry.Value));
                }

                break;
            case string text:
                AddText(result, text);
                break;
            default:
                throw new ArgumentTransformationMetadataException(
                    $"'{Argument.Text(element)}' is neither a hashtable nor a text such as NAME=value."
                );
        }
    }

    private void AddText(Dictionary<string, string?> result, string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals > 0)
        {
            AddOne(result, text[..equals], text[(equals + 1)..]);
        }
        else if (equals < 0 && FromEnvironment && Environment.GetEnvironmentVariable(text) is { } inherited)
        {
            AddOne(result, text, inherited);
        }
        else if (equals < 0 && FromEnvironment)
        {
            throw new ArgumentTransformationMetadataException(
                $"'{text}' has no value, and this process has no variable of that name. Write {text}=value."
            );
        }
        else if (equals < 0)
        {
            AddOne(result, text, NameAlone ? null : "");
        }
        else
        {
            throw new ArgumentTransformationMetadataException($"'{text}' has no name before '='.");
        }
    }

    private static void AddOne(Dictionary<string, string?> result, string name, string? value)
    {
        if (name.Length == 0 || name.Contains('=', StringComparison.Ordinal))
        {
            throw new ArgumentTransformationMetadataException($"'{name}' cannot be a name.");
        }

        if (!result.TryAdd(name, value))
        {
            throw new ArgumentTransformationMetadataException($"'{name}' is given twice.");
        }
    }

    private static string? Scalar(object name, object? value) =>
        Argument.Unwrap(value) switch
        {
            null => null,
            string text => text,
            IEnumerable => throw new ArgumentTransformationMetadataException($"'{name}' has several values; one is needed."),
            bool flag => flag ? "true" : "false",
            _ => Argument.Text(value),
        };
}
