using System.Xml.Linq;

namespace ContainerPS.Help;

/// <summary>Writes MAML, the format of PowerShell's help files.</summary>
internal sealed class MamlWriter(IReadOnlyList<CmdletFacts> cmdlets, IReadOnlyDictionary<string, CmdletPage> pages)
{
    private static readonly XNamespace Help = "http://msh";
    private static readonly XNamespace Maml = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace Command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace Dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    public void Save(string path) =>
        new XDocument(new XElement(Help + "helpItems", new XAttribute("schema", "maml"), cmdlets.Select(c => Of(c, pages[c.Name])))).Save(
            path
        );

    private static XElement Of(CmdletFacts cmdlet, CmdletPage page) =>
        new(
            Command + "command",
            new XAttribute(XNamespace.Xmlns + "maml", Maml.NamespaceName),
            new XAttribute(XNamespace.Xmlns + "command", Command.NamespaceName),
            new XAttribute(XNamespace.Xmlns + "dev", Dev.NamespaceName),
            new XElement(
                Command + "details",
                new XElement(Command + "name", cmdlet.Name),
                new XElement(Command + "verb", cmdlet.Verb),
                new XElement(Command + "noun", cmdlet.Noun),
                Described(page.Synopsis)
            ),
            Described(page.Description),
            new XElement(Command + "syntax", cmdlet.Sets.Select(s => SyntaxItem(cmdlet, page, s))),
            new XElement(
                Command + "parameters",
                cmdlet.Parameters.Select(p => Parameter(p, p.Sets.Values.First(), page.Parameters[p.Name])),
                Common(cmdlet)
            ),
            new XElement(
                Command + "inputTypes",
                new XElement(
                    Command + "inputType",
                    new XElement(Dev + "type", new XElement(Maml + "name", page.Inputs.Count > 0 ? page.Inputs[0] : "None")),
                    Described(page.Inputs.Skip(1))
                )
            ),
            new XElement(
                Command + "returnValues",
                page.Outputs.Select(o => new XElement(
                    Command + "returnValue",
                    new XElement(Dev + "type", new XElement(Maml + "name", o.Key)),
                    Described(o.Value)
                ))
            ),
            page.Notes.Count == 0 ? null : new XElement(Maml + "alertSet", new XElement(Maml + "alert", Paragraphs(page.Notes))),
            new XElement(Command + "examples", page.Examples.Select(Example)),
            new XElement(
                Command + "relatedLinks",
                page.Links.Select(l => new XElement(
                    Maml + "navigationLink",
                    new XElement(Maml + "linkText", l),
                    new XElement(Maml + "uri")
                ))
            )
        );

    private static XElement SyntaxItem(CmdletFacts cmdlet, CmdletPage page, string set) =>
        new(
            Command + "syntaxItem",
            new XElement(Maml + "name", cmdlet.Name),
            cmdlet
                .Parameters.Where(p => p.In(set) is not null)
                .OrderBy(p => p.In(set)!.Position ?? int.MaxValue)
                .ThenByDescending(p => p.In(set)!.Mandatory)
                .Select(p => Parameter(p, p.In(set)!, page.Parameters[p.Name])),
            Common(cmdlet)
        );

    private static XElement Parameter(ParameterFacts parameter, SetFacts set, IReadOnlyList<string> words) =>
        new(
            Command + "parameter",
            new XAttribute("required", set.Mandatory ? "true" : "false"),
            new XAttribute("variableLength", parameter.Type.IsArray ? "true" : "false"),
            new XAttribute("globbing", words.Any(TakesWildcards) ? "true" : "false"),
            new XAttribute("pipelineInput", set.Pipeline),
            new XAttribute("position", set.PositionText),
            new XAttribute("aliases", parameter.Aliases.Count > 0 ? string.Join(", ", parameter.Aliases) : "none"),
            new XElement(Maml + "name", parameter.Name),
            Described(words),
            parameter.IsSwitch
                ? null
                : new XElement(
                    Command + "parameterValue",
                    new XAttribute("required", "true"),
                    new XAttribute("variableLength", parameter.Type.IsArray ? "true" : "false"),
                    parameter.TypeName
                ),
            new XElement(Dev + "type", new XElement(Maml + "name", parameter.TypeName), new XElement(Maml + "uri")),
            new XElement(Dev + "defaultValue", parameter.IsSwitch ? "False" : "None")
        );

    private static bool TakesWildcards(string words) =>
        words.Contains("take wildcards", StringComparison.Ordinal) || words.Contains("with wildcards", StringComparison.Ordinal);

    private static IEnumerable<XElement> Common(CmdletFacts cmdlet)
    {
        if (!cmdlet.SupportsShouldProcess)
        {
            yield break;
        }

        yield return Switch("WhatIf", "wi", "Shows what would be done and does nothing.");
        yield return Switch("Confirm", "cf", "Asks before anything is done.");
    }

    private static XElement Switch(string name, string alias, string words) =>
        new(
            Command + "parameter",
            new XAttribute("required", "false"),
            new XAttribute("variableLength", "false"),
            new XAttribute("globbing", "false"),
            new XAttribute("pipelineInput", "False"),
            new XAttribute("position", "named"),
            new XAttribute("aliases", alias),
            new XElement(Maml + "name", name),
            Described([words]),
            new XElement(Dev + "type", new XElement(Maml + "name", "SwitchParameter"), new XElement(Maml + "uri")),
            new XElement(Dev + "defaultValue", "False")
        );

    private static XElement Example(ExampleText example, int index) =>
        new(
            Command + "example",
            new XElement(Maml + "title", FormattableString.Invariant($"Example {index + 1}: {example.Title}")),
            new XElement(Dev + "code", example.Code),
            new XElement(Dev + "remarks", Paragraphs(example.Remarks))
        );

    private static XElement Described(IEnumerable<string> paragraphs) => new(Maml + "description", Paragraphs(paragraphs));

    private static IEnumerable<XElement> Paragraphs(IEnumerable<string> paragraphs) =>
        paragraphs.Select(p => new XElement(Maml + "para", p));
}
