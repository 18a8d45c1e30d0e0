namespace ContainerPS.Engine.Containers.Definition;

/// <summary>Environments as the kernel has them: NAME=value.</summary>
internal static class ContainerEnvironment
{
    /// <summary><paramref name="lists"/> one over the other; the last value of a name wins, at the place of the first.</summary>
    public static IReadOnlyList<string> Merge(
        IReadOnlyDictionary<string, string?> changes,
        params ReadOnlySpan<IReadOnlyList<string>> lists
    )
    {
        var values = new OrderedDictionary<string, string>(StringComparer.Ordinal);
        foreach (IReadOnlyList<string> list in lists)
        {
            foreach (string entry in list)
            {
                Set(values, entry);
            }
        }

        foreach ((string? name, string? value) in changes)
        {
            if (value is null)
            {
                values.Remove(name);
            }
            else
            {
                values[name] = value;
            }
        }

        return [.. values.Select(pair => $"{pair.Key}={pair.Value}")];
    }

    public static IReadOnlyDictionary<string, string> ToDictionary(IReadOnlyList<string> entries)
    {
        var values = new OrderedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string entry in entries)
        {
            Set(values, entry);
        }

        return values;
    }

    private static void Set(OrderedDictionary<string, string> values, string entry)
    {
        int equals = entry.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0)
        {
            values[entry] = "";
        }
        else
        {
            values[entry[..equals]] = entry[(equals + 1)..];
        }
    }
}
