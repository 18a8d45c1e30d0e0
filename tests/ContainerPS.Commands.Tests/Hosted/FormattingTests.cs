using System.Management.Automation;
using System.Xml.Linq;

namespace ContainerPS.Commands.Tests.Hosted;

/// <summary>The views, as PowerShell has loaded them.</summary>
[Collection(HostedCollection.Name)]
public sealed class FormattingTests(PowerShellHost host)
{
    private static readonly XElement Views = XDocument.Load(Path.Combine(Repository.Module, "ContainerPS.Format.ps1xml")).Root!;

    public static TheoryData<string> Types => [.. Views.Descendants("ViewSelectedBy").Select(v => v.Elements("TypeName").First().Value)];

    [Theory]
    [MemberData(nameof(Types))]
    public void A_view_is_for_a_type_that_exists_and_for_its_deserialised_form(string type)
    {
        Assert.NotNull(typeof(EngineCmdlet).Assembly.GetType(type) ?? typeof(Container).Assembly.GetType(type));
        Assert.Equal([type, "Deserialized." + type], host.Run("(Get-FormatData $args[0]).TypeNames", type).Texts);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void A_view_shows_properties_that_the_type_has(string type)
    {
        Type shown = typeof(EngineCmdlet).Assembly.GetType(type) ?? typeof(Container).Assembly.GetType(type)!;
        IEnumerable<string> names = Views
            .Descendants("View")
            .Single(v => v.Element("Name")!.Value == type)
            .Descendants("PropertyName")
            .Select(p => p.Value);
        Assert.All(names, name => Assert.NotNull(shown.GetProperty(name)));
    }

    [Fact]
    public void Every_type_that_a_cmdlet_writes_has_a_view_or_so_few_properties_that_it_is_a_table()
    {
        IEnumerable<string> written = host
            .Commands.SelectMany(c => c.OutputType)
            .Select(o => o.Type)
            // PowerShell has a view for jobs; what has more than four properties would be a list.
            .Where(t => t is { Namespace: "ContainerPS" } && !t.IsSubclassOf(typeof(Job)) && t.GetProperties().Length > 4)
            .Select(t => t.FullName!)
            .Distinct();
        Assert.Empty(written.Except(Types.Cast<object[]>().Select(row => (string)row[0])));
    }

    /// <summary>In Saudi Arabia the year of a date without a culture is 1448: a moment that looks like ISO 8601 must be it.</summary>
    [Fact]
    public void What_a_view_formats_itself_is_the_same_in_every_culture()
    {
        var formatting = Views
            .Descendants("ScriptBlock")
            .Select(b => b.Value)
            .Where(b => b.Contains(".ToString(", StringComparison.Ordinal))
            .ToList();
        Assert.NotEmpty(formatting);
        Assert.All(formatting, block => Assert.Contains("[cultureinfo]::InvariantCulture", block, StringComparison.Ordinal));
    }

    /// <summary>At 80 columns PowerShell drops the columns that no longer fit, and says nothing.</summary>
    [SkippableTheory]
    [InlineData("Get-Container", "ShortId Name Image State Status Uptime")]
    [InlineData("Get-Image", "Repository Tag ShortId CreatedAt Size")]
    [InlineData("Get-CgroupLimit shown", "Name Cpus CpuWeight CpusetCpus MemoryMax MemoryHigh MemoryLow PidsMax IoWeight")]
    public void A_terminal_of_eighty_columns_shows_every_column(string script, string columns)
    {
        Skip.If(PowerShellHost.Obstacle is not null, PowerShellHost.Obstacle);
        host.Run("if (-not (Get-Image base*)) { New-Image -RootFs $args[0] -Name base -Command sleep,600 }", host.RootFs);
        Container container = host.Run("New-Container base -Name shown -MemoryMax 64m -Cpus 0.5").One<Container>();
        try
        {
            string[] lines =
            [
                .. host.Run($"{script} | Out-String -Width 80")
                    .Texts.Single()
                    .Split('\n')
                    .Select(l => l.TrimEnd())
                    .Where(l => l.Length > 0),
            ];
            Assert.Equal(columns.Split(' '), lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries));
            Assert.All(lines, line => Assert.True(line.Length <= 80, line));
            Assert.DoesNotContain('…', string.Concat(lines));
        }
        finally
        {
            Assert.Empty(host.Run("$args[0] | Remove-Container", container).Errors);
        }
    }
}
