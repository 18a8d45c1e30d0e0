namespace ContainerPS.Native.Launch.Planner;

/// <summary>Paths inside a container, as text: only for comparing and naming. Opening one is Resolve's business.</summary>
internal static class ContainerPath
{
    /// <summary>Absolute, without empty parts, "." and "..", which cannot climb above the root.</summary>
    public static string Clean(string path)
    {
        if (IsClean(path))
        {
            return path;
        }

        var parts = new List<string>();
        foreach (string part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == "..")
            {
                parts.RemoveRange(Math.Max(parts.Count - 1, 0), Math.Min(parts.Count, 1));
            }
            else if (part != ".")
            {
                parts.Add(part);
            }
        }

        return "/" + string.Join('/', parts);
    }

    /// <summary>Nearly all are: whatever has a part that begins with a dot is looked at more closely.</summary>
    private static bool IsClean(string path) =>
        path.StartsWith('/')
        && (path.Length == 1 || path[^1] != '/')
        && !path.Contains("//", StringComparison.Ordinal)
        && !path.Contains("/.", StringComparison.Ordinal);

    /// <summary>Whether a clean path is the other or lies beneath it.</summary>
    public static bool IsWithin(string path, string ancestor) =>
        ancestor == "/" || path == ancestor || path.StartsWith(ancestor, StringComparison.Ordinal) && path[ancestor.Length] == '/';

    public static string Relative(string path, string ancestor) =>
        path == ancestor ? "" : path[(ancestor == "/" ? 1 : ancestor.Length + 1)..];
}
