using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace ContainerPS.Commands;

/// <summary>Resource limits of the first process: <c>nofile=1024</c>, <c>nofile=1024:2048</c> (soft and hard), or a hashtable.</summary>
public sealed class UlimitArgumentAttribute : ListArgumentAttribute<Ulimit>
{
    /// <inheritdoc/>
    protected override IEnumerable<Ulimit> Convert(EngineIntrinsics engine, object? element)
    {
        if (Argument.Unwrap(element) is IDictionary dictionary)
        {
            return [.. dictionary.Cast<DictionaryEntry>().Select(e => Limit(Argument.Text(e.Key), Argument.Text(e.Value)))];
        }

        string[] pair = Argument.Text(element).Split('=', 2);
        return pair.Length == 2
            ? [Limit(pair[0], pair[1])]
            : throw new FormatException($"'{Argument.Text(element)}' is not a resource limit. Write nofile=1024, or nofile=1024:2048.");
    }

    private static Ulimit Limit(string name, string values)
    {
        string[] parts = values.Split(':');
        if (name.Length == 0 || parts.Length > 2)
        {
            throw new FormatException($"'{name}={values}' is not a resource limit.");
        }

        return new Ulimit(name.ToLowerInvariant(), Value(parts[0]), Value(parts[^1]));
    }

    private static long Value(string text)
    {
        if (text is "unlimited" or "-1")
        {
            return -1;
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value)
            ? value
            : throw new FormatException($"'{text}' is not the value of a resource limit: a number, or unlimited.");
    }
}
