namespace ContainerPS.Engine.Containers.Definition;

/// <summary>Environments as the kernel has them: NAME=value.</summary>
internal static class ContainerEnvironment
{
    /// <summary><paramref name="lists"/> one over the other; the last value of a name wins, at the place of the first.</summary>
    public static IReadOnlyList<string> Merge(IReadOnlyDictionary<string, string?> changes, params ReadOnlySpan<IReadOnlyList<string>> lists)
    {
        var values = new OrderedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var list in lists)
        {
            foreach (var entry in list) Set(values, entry);
        }

        foreach (var (name, value) in changes)
        {
            if (value is null) values.Remove(name);
            else values[name] = value;
        }

        return [.. values.Select(pair => $"{pair.Key}={pair.Value}")];
    }

    public static IReadOnlyDictionary<string, string> ToDictionary(IReadOnlyList<string> entries)
    {
        var values = new OrderedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in entries) Set(values, entry);
        return values;
    }

    private static void Set(OrderedDictionary<string, string> values, string entry)
    {
        var equals = entry.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0) values[entry] = "";
        else values[entry[..equals]] = entry[(equals + 1)..];
    }
}
