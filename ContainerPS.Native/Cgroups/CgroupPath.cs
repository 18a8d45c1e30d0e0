namespace ContainerPS.Native.Cgroups;

/// <summary>Paths of groups: absolute, from the root of a hierarchy, without a way out of it.</summary>
internal static class CgroupPath
{
    /// <summary>"/a/b" for "a//b/".</summary>
    public static string Normalize(string path)
    {
        string[] parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length == 0 || parts.Any(part => part is "." or ".." || part.AsSpan().ContainsAny('\n', '\0')))
        {
            throw CgroupException.Invalid("The path of a control group", $"'{path}'", "Name a group below the root, without '.' and '..'.");
        }

        return "/" + string.Join('/', parts);
    }
}
