using ContainerPS.Help;

// Makes the module's help of docs/cmdlets: words from Markdown, facts (syntax, types, positions, aliases) from the assembly itself, so that
// they cannot differ. A parameter without words, or words without a parameter, fail the build.
if (args is not [var documents, var assembly, var output])
{
    Console.Error.WriteLine("usage: ContainerPS.Help DOCUMENTS ASSEMBLY OUTPUT");
    return 2;
}

try
{
    IReadOnlyList<CmdletFacts> cmdlets = CmdletFacts.Read(assembly);
    IReadOnlyDictionary<string, CmdletPage> pages = CmdletPage.ReadAll(documents);
    IReadOnlyList<string> problems = HelpCheck.Problems(cmdlets, pages);
    foreach (string problem in problems)
    {
        Console.Error.WriteLine($"error CPSHELP: {problem}");
    }

    if (problems.Count > 0)
    {
        return 1;
    }

    Directory.CreateDirectory(Path.GetDirectoryName(output)!);
    new MamlWriter(cmdlets, pages).Save(output);
    return 0;
}
catch (Exception e) when (e is IOException or FormatException)
{
    Console.Error.WriteLine($"error CPSHELP: {e.Message}");
    return 1;
}
