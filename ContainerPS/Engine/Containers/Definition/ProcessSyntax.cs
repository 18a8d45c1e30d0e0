namespace ContainerPS.Engine.Containers.Definition;

/// <summary>What a program can be given, be it a container's first or one that is executed in it.</summary>
internal static class ProcessSyntax
{
    public static void Validate(
        IEnumerable<string> command,
        IReadOnlyDictionary<string, string?> environment,
        string? user,
        string? workingDirectory
    )
    {
        if (command.Any(HasNul))
        {
            throw Invalid.Argument("An argument of the command has a NUL character, which no program can be given.");
        }

        foreach ((string name, string? value) in environment)
        {
            if (name.Length == 0 || name.Contains('=', StringComparison.Ordinal) || HasNul(name))
            {
                throw Invalid.Argument($"'{name}' cannot be the name of an environment variable.", name);
            }

            if (value is not null && HasNul(value))
            {
                throw Invalid.Argument(
                    $"The value of the environment variable '{name}' has a NUL character, which no program can be given.",
                    name
                );
            }
        }

        if (user is not null)
        {
            UserSyntax.Validate(user);
        }

        if (workingDirectory is not null && (workingDirectory.Length == 0 || workingDirectory[0] != '/' || HasNul(workingDirectory)))
        {
            throw Invalid.Argument($"The working directory '{workingDirectory}' is no absolute path.", workingDirectory);
        }
    }

    public static bool HasNul(string text) => text.Contains('\0', StringComparison.Ordinal);
}
