using System.Management.Automation;
using System.Management.Automation.Language;
using System.Xml.Linq;
using ContainerPS.Commands.Tests.Hosted;

namespace ContainerPS.Commands.Tests;

/// <summary>The help as Get-Help shows it, compared with the cmdlets parameter by parameter.</summary>
[Collection(HostedCollection.Name)]
public sealed class HelpTests(PowerShellHost host)
{
    public static TheoryData<string> Cmdlets => [.. Surface.Cmdlets.Select(Surface.NameOf)];

    [Fact]
    public void Every_cmdlet_has_help_and_nothing_else_has()
    {
        XNamespace dev = "http://schemas.microsoft.com/maml/dev/command/2004/10";
        XElement file = XDocument.Load(Path.Combine(Repository.Module, "en-US/ContainerPS.dll-Help.xml")).Root!;
        Assert.Equal(
            host.Commands.Select(c => c.Name).Order(StringComparer.Ordinal),
            file.Elements(dev + "command")
                .Select(c => c.Element(dev + "details")!.Element(dev + "name")!.Value)
                .Order(StringComparer.Ordinal)
        );
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Each_parameter_is_described_as_it_is(string name)
    {
        CmdletInfo command = Command(name);
        var described = host.Run("(Get-Help $args[0] -Full).parameters.parameter", name)
            .Output.Where(p => p is not null && Text(p, "name") is not ("WhatIf" or "Confirm"))
            .ToDictionary(p => Text(p, "name"), StringComparer.Ordinal);
        Assert.Equal(Surface.Own(command).Select(p => p.Name).Order(StringComparer.Ordinal), described.Keys.Order(StringComparer.Ordinal));
        foreach (ParameterMetadata parameter in Surface.Own(command))
        {
            PSObject words = described[parameter.Name];
            Assert.NotEqual("", host.Run("\"$($args[0].description.Text)\"", words).Texts.Single().Trim());
            Assert.Equal(parameter.Aliases.Count == 0 ? "none" : string.Join(", ", parameter.Aliases), Text(words, "aliases"));
        }
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Each_parameter_set_has_a_line_of_syntax_with_its_mandatory_parameters(string name)
    {
        IEnumerable<string> real = Command(name)
            .ParameterSets.Select(set =>
                string.Join(' ', set.Parameters.Where(p => p.IsMandatory).Select(p => p.Name).Order(StringComparer.Ordinal))
            );
        IReadOnlyList<string> told = host.Run(
            """
            foreach ($item in @((Get-Help $args[0] -Full).syntax.syntaxItem)) {
                @($item.parameter | Where-Object required -eq 'true' | ForEach-Object name | Sort-Object -CaseSensitive) -join ' '
            }
            """,
            name
        ).Texts;
        Assert.Equal(real.Order(StringComparer.Ordinal), told.Order(StringComparer.Ordinal));
    }

    /// <summary>An example that no longer binds is worse than none: each command in it is bound to the cmdlets as they are.</summary>
    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Every_command_of_the_examples_binds(string name)
    {
        IReadOnlyList<string> examples = Examples(name);
        Assert.NotEmpty(examples);
        foreach (string example in examples)
        {
            ScriptBlockAst script = Parser.ParseInput(example, out _, out ParseError[] errors);
            Assert.Empty(errors);
            foreach (CommandAst command in script.FindAll(ast => ast is CommandAst, searchNestedScriptBlocks: true).Cast<CommandAst>())
            {
                IEnumerable<string> refused = host.Inside(() =>
                    StaticParameterBinder
                        .BindCommand(BeforeTheDashes(command), resolve: true)
                        .BindingExceptions.Values.Select(e => e.BindingException.Message)
                );
                Assert.True(!refused.Any(), $"{command}: {string.Join("; ", refused)}");
            }
        }
    }

    /// <summary>What follows <c>--</c> is never a parameter, but the static binder knows no <c>--</c>.</summary>
    private static CommandAst BeforeTheDashes(CommandAst command)
    {
        int length = command.CommandElements.TakeWhile(element => element.Extent.Text != "--").Count();
        string text = string.Join(' ', command.CommandElements.Take(length).Select(element => element.Extent.Text));
        return (CommandAst)Parser.ParseInput(text, out _, out _).Find(ast => ast is CommandAst, searchNestedScriptBlocks: false);
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Examples_write_the_command_after_the_two_dashes(string name)
    {
        foreach (string line in Examples(name).SelectMany(example => example.Split('\n')))
        {
            if (
                line.Contains("Invoke-Container ", StringComparison.Ordinal)
                || line.Contains("Invoke-ContainerCommand ", StringComparison.Ordinal)
            )
            {
                Assert.True(line.Contains(" -- ", StringComparison.Ordinal) || line.Contains("-Command ", StringComparison.Ordinal), line);
            }
        }
    }

    private IReadOnlyList<string> Examples(string name) => host.Run("(Get-Help $args[0] -Full).examples.example.code", name).Texts;

    private CmdletInfo Command(string name) => host.Commands.Single(c => c.Name == name);

    private static string Text(PSObject thing, string property) => thing.Properties[property]?.Value?.ToString() ?? "";
}
