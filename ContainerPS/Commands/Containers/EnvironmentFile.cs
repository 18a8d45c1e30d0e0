namespace ContainerPS.Commands;

/// <summary>
/// Docker's format of a file with environment variables: NAME=value a line, NAME alone takes this process's value, # begins a comment.
/// </summary>
internal static class EnvironmentFile
{
    /// <exception cref="EngineException">A line is neither.</exception>
    public static IEnumerable<(string Name, string Value)> Read(string path)
    {
        foreach ((string? line, int number) in File.ReadLines(path).Select((l, i) => (l.TrimStart(), i + 1)))
        {
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            string[] pair = line.Split('=', 2);
            if (pair[0].Length == 0 || pair[0].Any(char.IsWhiteSpace))
            {
                throw new EngineException(
                    ErrorIds.ArgumentInvalid,
                    EngineErrorKind.InvalidArgument,
                    FormattableString.Invariant($"{path}, line {number}: '{pair[0]}' cannot be the name of a variable."),
                    path
                );
            }
            // As docker does, a name that this process does not have is left out.
            if ((pair.Length == 2 ? pair[1] : Environment.GetEnvironmentVariable(pair[0])) is { } value)
            {
                yield return (pair[0], value);
            }
        }
    }
}
