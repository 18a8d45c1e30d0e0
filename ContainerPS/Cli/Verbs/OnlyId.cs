namespace ContainerPS.Cli.Verbs;

/// <summary>The command line of a verb that takes the container's id and nothing else.</summary>
internal static class OnlyId
{
    public static string Read(ArgumentReader reader)
    {
        if (reader.NextOption() is { } name)
        {
            throw ArgumentReader.Unknown(name);
        }

        string id = reader.Operand("the container's id");
        reader.End();
        return id;
    }
}
