using System.Reflection;
using System.Xml.Linq;

namespace ContainerPS.Commands.Tests;

/// <summary>The help that was built, compared with the assembly parameter by parameter.</summary>
public sealed class HelpTests
{
    private static readonly XNamespace Maml = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace Command = "http://schemas.microsoft.com/maml/dev/command/2004/10";

    private static readonly IReadOnlyDictionary<string, XElement> Help = XDocument
        .Load(Path.Combine(Repository.Module, "en-US/ContainerPS.dll-Help.xml"))
        .Root!.Elements(Command + "command")
        .ToDictionary(c => c.Element(Command + "details")!.Element(Command + "name")!.Value, StringComparer.Ordinal);

    public static TheoryData<Type> Cmdlets => [.. Surface.Cmdlets];

    [Fact]
    public void Every_cmdlet_has_help_and_nothing_else_has() =>
        Assert.Equal(Surface.Cmdlets.Select(Surface.NameOf).Order(StringComparer.Ordinal), Help.Keys.Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Each_parameter_is_described_as_it_is(Type cmdlet)
    {
        var described = Help[Surface.NameOf(cmdlet)]
            .Element(Command + "parameters")!
            .Elements(Command + "parameter")
            .Where(p => Name(p) is not ("WhatIf" or "Confirm"))
            .ToDictionary(Name, StringComparer.Ordinal);
        Assert.Equal(
            Surface.Parameters(cmdlet).Select(p => p.Name).Order(StringComparer.Ordinal),
            described.Keys.Order(StringComparer.Ordinal)
        );
        foreach (PropertyInfo parameter in Surface.Parameters(cmdlet))
        {
            XElement words = described[parameter.Name];
            Assert.NotEqual("", words.Element(Maml + "description")!.Value.Trim());
            IReadOnlyList<string> aliases = Surface.Aliases(parameter);
            Assert.Equal(aliases.Count == 0 ? "none" : string.Join(", ", aliases), words.Attribute("aliases")!.Value);
        }
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Each_parameter_set_has_a_line_of_syntax_with_its_mandatory_parameters(Type cmdlet)
    {
        var syntax = Help[Surface.NameOf(cmdlet)].Element(Command + "syntax")!.Elements(Command + "syntaxItem").ToList();
        var sets = Surface
            .Parameters(cmdlet)
            .SelectMany(p => Surface.Attributes(p, "ParameterAttribute"))
            .Select(a => Surface.Text(a, "ParameterSetName"))
            .OfType<string>()
            .Distinct()
            .ToList();
        Assert.Equal(Math.Max(1, sets.Count), syntax.Count);
        foreach (string? set in sets)
        {
            var mandatory = Surface
                .Parameters(cmdlet)
                .Where(p =>
                    Surface
                        .Attributes(p, "ParameterAttribute")
                        .Any(a => Surface.Flag(a, "Mandatory") && (Surface.Text(a, "ParameterSetName") ?? set) == set)
                )
                .Select(p => p.Name)
                .ToHashSet();
            Assert.Contains(
                syntax,
                item =>
                    mandatory.SetEquals(
                        item.Elements(Command + "parameter").Where(p => p.Attribute("required")!.Value == "true").Select(Name)
                    )
            );
        }
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Examples_write_the_command_after_the_two_dashes(Type cmdlet)
    {
        string code = string.Join(
            '\n',
            Help[Surface.NameOf(cmdlet)].Descendants().Where(e => e.Name.LocalName == "code").Select(e => e.Value)
        );
        Assert.NotEqual("", code.Trim());
        foreach (
            string? line in code.Split('\n')
                .Where(l =>
                    l.Contains("Invoke-Container ", StringComparison.Ordinal)
                    || l.Contains("Invoke-ContainerCommand ", StringComparison.Ordinal)
                )
        )
        {
            Assert.True(line.Contains(" -- ", StringComparison.Ordinal) || line.Contains("-Command ", StringComparison.Ordinal), line);
        }
    }

    private static string Name(XElement parameter) => parameter.Element(Maml + "name")!.Value;
}
