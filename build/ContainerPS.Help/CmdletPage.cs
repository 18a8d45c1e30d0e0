using Markdig;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace ContainerPS.Help;

/// <summary>
/// One page of docs/cmdlets: a title, a synopsis, and the sections Description, Examples, Parameters, Inputs, Outputs, Notes, Related
/// links.
/// </summary>
internal sealed class CmdletPage
{
    private static readonly string[] Known = ["Description", "Examples", "Parameters", "Inputs", "Outputs", "Notes", "Related links"];

    public required string Name { get; init; }

    public required IReadOnlyList<string> Synopsis { get; init; }

    public required IReadOnlyList<string> Description { get; init; }

    public required IReadOnlyList<ExampleText> Examples { get; init; }

    /// <summary>By name without the dash.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<string>> Parameters { get; init; }

    public required IReadOnlyList<string> Inputs { get; init; }

    public required IReadOnlyDictionary<string, IReadOnlyList<string>> Outputs { get; init; }

    public required IReadOnlyList<string> Notes { get; init; }

    public required IReadOnlyList<string> Links { get; init; }

    /// <summary>Pages by cmdlet. shared-parameters.md has the words of parameters that several cmdlets share.</summary>
    public static IReadOnlyDictionary<string, CmdletPage> ReadAll(string folder)
    {
        IReadOnlyDictionary<string, IReadOnlyList<string>> shared = Read(Path.Combine(folder, "shared-parameters.md")).Parameters;
        return Directory
            .GetFiles(folder, "*-*.md")
            .Where(f => !f.EndsWith("shared-parameters.md", StringComparison.Ordinal))
            .Select(Read)
            .ToDictionary(p => p.Name, p => p.With(shared), StringComparer.Ordinal);
    }

    /// <summary>What a page says itself, before what is shared.</summary>
    public IReadOnlyList<string> OwnParameters { get; private init; } = [];

    private CmdletPage With(IReadOnlyDictionary<string, IReadOnlyList<string>> shared)
    {
        var all = new Dictionary<string, IReadOnlyList<string>>(shared, StringComparer.Ordinal);
        foreach ((string? name, IReadOnlyList<string>? text) in Parameters)
        {
            all[name] = text;
        }

        return new CmdletPage
        {
            Name = Name,
            Synopsis = Synopsis,
            Description = Description,
            Examples = Examples,
            Parameters = all,
            Inputs = Inputs,
            Outputs = Outputs,
            Notes = Notes,
            Links = Links,
            OwnParameters = [.. Parameters.Keys],
        };
    }

    private static CmdletPage Read(string file)
    {
        (string Title, Dictionary<string, List<Block>> Bodies) sections = Sections(file);
        List<Block> Section(string name) => sections.Bodies.GetValueOrDefault(name) ?? [];
        return new CmdletPage
        {
            Name = sections.Title,
            Synopsis = Paragraphs(Section("")),
            Description = Paragraphs(Section("Description")),
            Examples =
            [
                .. Entries(Section("Examples"))
                    .Select(e => new ExampleText(e.Title, Code(e.Body), Paragraphs([.. e.Body.Where(b => b is not FencedCodeBlock)]))),
            ],
            Parameters = Entries(Section("Parameters"))
                .ToDictionary(e => e.Title.TrimStart('-'), e => Paragraphs(e.Body), StringComparer.Ordinal),
            Inputs = Paragraphs(Section("Inputs")),
            Outputs = Entries(Section("Outputs")).ToDictionary(e => e.Title, e => Paragraphs(e.Body), StringComparer.Ordinal),
            Notes = Paragraphs(Section("Notes")),
            Links = [.. Paragraphs(Section("Related links")).SelectMany(l => l.Split('\n')).Select(l => l.TrimStart('-', ' '))],
        };
    }

    private static (string Title, Dictionary<string, List<Block>> Bodies) Sections(string file)
    {
        var bodies = new Dictionary<string, List<Block>>(StringComparer.Ordinal) { [""] = [] };
        (string? title, string? current) = ("", "");
        foreach (Block block in Markdown.Parse(File.ReadAllText(file)))
        {
            if (block is HeadingBlock { Level: 1 } top)
            {
                title = Text(top.Inline);
            }
            else if (block is HeadingBlock { Level: 2 } heading)
            {
                bodies[current = KnownSection(file, Text(heading.Inline))] = [];
            }
            else
            {
                bodies[current].Add(block);
            }
        }

        return title.Length > 0 ? (title, bodies) : throw new FormatException($"{file} has no title.");
    }

    private static string KnownSection(string file, string name) =>
        Known.Contains(name)
            ? name
            : throw new FormatException($"{file}: there is no section '{name}'; there are {string.Join(", ", Known)}.");

    private static List<(string Title, List<Block> Body)> Entries(IReadOnlyList<Block> blocks)
    {
        var entries = new List<(string, List<Block>)>();
        foreach (Block block in blocks)
        {
            if (block is HeadingBlock { Level: 3 } heading)
            {
                entries.Add((Text(heading.Inline), []));
            }
            else if (entries.Count > 0)
            {
                entries[^1].Item2.Add(block);
            }
        }

        return entries;
    }

    private static IReadOnlyList<string> Paragraphs(IReadOnlyList<Block> blocks) => [.. blocks.SelectMany(Paragraph)];

    private static IEnumerable<string> Paragraph(Block block) =>
        block switch
        {
            ListBlock list => list.OfType<ListItemBlock>().Select(item => "- " + string.Join(' ', item.SelectMany(Paragraph))),
            FencedCodeBlock code => [code.Lines.ToString()],
            LeafBlock leaf => [Text(leaf.Inline)],
            _ => throw new FormatException($"Help has no form for a {block.GetType().Name} (line {block.Line + 1})."),
        };

    private static string Code(IReadOnlyList<Block> body) =>
        string.Join("\n\n", body.OfType<FencedCodeBlock>().Select(c => c.Lines.ToString()));

    private static string Text(ContainerInline? inlines) => string.Concat((inlines ?? []).Select(Text));

    private static string Text(Inline inline) =>
        inline switch
        {
            CodeInline code => code.Content,
            LiteralInline literal => literal.Content.ToString(),
            LineBreakInline => " ",
            ContainerInline container => Text(container),
            HtmlEntityInline entity => entity.Transcoded.ToString(),
            _ => throw new FormatException($"Help has no form for a {inline.GetType().Name} (line {inline.Line + 1})."),
        };
}

/// <summary>An example: what it shows, the code, what it does.</summary>
internal sealed record ExampleText(string Title, string Code, IReadOnlyList<string> Remarks);
