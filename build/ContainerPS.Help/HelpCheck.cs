namespace ContainerPS.Help;

/// <summary>Compares words with facts.</summary>
internal static class HelpCheck
{
    public static IReadOnlyList<string> Problems(IReadOnlyList<CmdletFacts> cmdlets, IReadOnlyDictionary<string, CmdletPage> pages) =>
        [
            .. cmdlets.Where(c => !pages.ContainsKey(c.Name)).Select(c => $"{c.Name} has no page in docs/cmdlets."),
            .. pages
                .Keys.Where(p => cmdlets.All(c => c.Name != p))
                .Select(p => $"docs/cmdlets/{p}.md describes a cmdlet that does not exist."),
            .. cmdlets.Where(c => pages.ContainsKey(c.Name)).SelectMany(c => Problems(c, pages[c.Name])),
        ];

    private static IEnumerable<string> Problems(CmdletFacts cmdlet, CmdletPage page)
    {
        if (page.Synopsis.Count != 1)
        {
            yield return $"{cmdlet.Name}: the synopsis is one paragraph.";
        }

        if (page.Description.Count == 0)
        {
            yield return $"{cmdlet.Name} has no description.";
        }

        if (page.Examples.Count == 0)
        {
            yield return $"{cmdlet.Name} has no example.";
        }

        foreach (ExampleText? example in page.Examples.Where(e => e.Code.Length == 0))
        {
            yield return $"{cmdlet.Name}: example '{example.Title}' has no code.";
        }

        foreach (
            ParameterFacts? parameter in cmdlet.Parameters.Where(p =>
                !page.Parameters.TryGetValue(p.Name, out IReadOnlyList<string>? text) || text.Count == 0
            )
        )
        {
            yield return $"{cmdlet.Name} -{parameter.Name} has no words.";
        }

        foreach (string? name in page.OwnParameters.Where(n => cmdlet.Parameters.All(p => p.Name != n)))
        {
            yield return $"{cmdlet.Name} has no parameter -{name}.";
        }

        foreach (string? output in cmdlet.Outputs.Where(o => !page.Outputs.ContainsKey(o)))
        {
            yield return $"{cmdlet.Name}: output {output} has no words.";
        }

        foreach (string? output in page.Outputs.Keys.Where(o => !cmdlet.Outputs.Contains(o)))
        {
            yield return $"{cmdlet.Name} does not put out {output}.";
        }
    }
}
