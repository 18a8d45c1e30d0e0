using System.Reflection;

namespace ContainerPS.Commands.Tests;

/// <summary>What holds for every cmdlet and parameter; each rule once broke somebody's script elsewhere.</summary>
public sealed class SurfaceTests
{
    // Get-Verb of PowerShell 7.6, as far as it is used here.
    private static readonly string[] ApprovedVerbs =
    [
        "Get",
        "Set",
        "New",
        "Remove",
        "Start",
        "Stop",
        "Wait",
        "Suspend",
        "Resume",
        "Invoke",
        "Send",
        "Measure",
        "Import",
        "Export",
        "Test",
    ];

    private static readonly string[] ReadingVerbs = ["Get", "Measure", "Wait", "Test"];

    public static TheoryData<Type> Cmdlets => [.. Surface.Cmdlets];

    [Fact]
    public void There_are_cmdlets() => Assert.True(Surface.Cmdlets.Count >= 20, $"{Surface.Cmdlets.Count} cmdlets");

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Class_and_file_are_named_by_verb_and_noun(Type cmdlet)
    {
        Assert.Equal(Surface.NameOf(cmdlet).Replace("-", "", StringComparison.Ordinal) + "Command", cmdlet.Name);
        Assert.Single(
            Directory.GetFiles(Path.Combine(Repository.Root, "ContainerPS/Commands"), cmdlet.Name + ".cs", SearchOption.AllDirectories)
        );
        Assert.True(cmdlet.IsSealed, "sealed");
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Verbs_are_approved(Type cmdlet) => Assert.Contains(Surface.NameOf(cmdlet).Split('-')[0], ApprovedVerbs);

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void What_changes_state_asks_first_and_what_reads_does_not(Type cmdlet)
    {
        bool asks = Surface.Flag(Surface.Attribute(cmdlet, "CmdletAttribute")!, "SupportsShouldProcess");
        Assert.Equal(!ReadingVerbs.Contains(Surface.NameOf(cmdlet).Split('-')[0]), asks);
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Nothing_binds_by_property_name(Type cmdlet)
    {
        foreach (PropertyInfo parameter in Surface.Parameters(cmdlet))
        {
            foreach (CustomAttributeData attribute in Surface.Attributes(parameter, "ParameterAttribute"))
            {
                Assert.False(Surface.Flag(attribute, "ValueFromPipelineByPropertyName"), $"-{parameter.Name}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Durations_and_sizes_have_their_own_types(Type cmdlet)
    {
        Type[] bare = [typeof(TimeSpan), typeof(TimeSpan[]), typeof(long), typeof(ulong), typeof(uint), typeof(double), typeof(float)];
        foreach (PropertyInfo parameter in Surface.Parameters(cmdlet))
        {
            Assert.DoesNotContain(Nullable.GetUnderlyingType(parameter.PropertyType) ?? parameter.PropertyType, bare);
        }
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void What_comes_by_value_is_transformed_never_coerced(Type cmdlet)
    {
        foreach (PropertyInfo parameter in Surface.Parameters(cmdlet))
        {
            if (
                !Surface.Attributes(parameter, "ParameterAttribute").Any(a => Surface.Flag(a, "ValueFromPipeline"))
                || parameter.Name == "InputObject"
            )
            {
                continue;
            }

            Assert.Contains(
                parameter.GetCustomAttributesData(),
                a => a.AttributeType.Name.EndsWith("ArgumentAttribute", StringComparison.Ordinal)
            );
        }
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void At_most_one_parameter_of_a_set_comes_by_value(Type cmdlet)
    {
        IEnumerable<IGrouping<string, (string Set, string Name)>> bySet = Surface
            .Parameters(cmdlet)
            .SelectMany(p =>
                Surface
                    .Attributes(p, "ParameterAttribute")
                    .Where(a => Surface.Flag(a, "ValueFromPipeline"))
                    .Select(a => (Set: Surface.Text(a, "ParameterSetName") ?? "", p.Name))
            )
            .GroupBy(p => p.Set);
        Assert.All(bySet, set => Assert.Single(set));
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void The_command_takes_the_remaining_arguments(Type cmdlet)
    {
        if (Surface.NameOf(cmdlet) == "New-Image" || cmdlet.GetProperty("Command") is not { } command)
        {
            return;
        }

        Assert.Contains(Surface.Attributes(command, "ParameterAttribute"), a => Surface.Flag(a, "ValueFromRemainingArguments"));
        Assert.Contains("ArgumentList", Surface.Aliases(command));
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void What_it_puts_out_is_declared(Type cmdlet) => Assert.NotNull(Surface.Attribute(cmdlet, "OutputTypeAttribute"));

    [Fact]
    public void The_manifest_exports_the_cmdlets_and_aliases_and_nothing_else()
    {
        string manifest = File.ReadAllText(Path.Combine(Repository.Root, "ContainerPS.psd1"));
        IOrderedEnumerable<string> listed = ManifestList(manifest, "CmdletsToExport")
            .Concat(ManifestList(manifest, "AliasesToExport"))
            .Order(StringComparer.Ordinal);
        IOrderedEnumerable<string> there = Surface
            .Cmdlets.Select(Surface.NameOf)
            .Concat(Surface.Cmdlets.SelectMany(Surface.Aliases))
            .Order(StringComparer.Ordinal);
        Assert.Equal(there, listed);
    }

    [Fact]
    public void The_manifest_has_the_version_of_the_assembly()
    {
        string manifest = File.ReadAllText(Path.Combine(Repository.Root, "ContainerPS.psd1"));
        string version = typeof(EngineCmdlet).Assembly.GetName().Version!.ToString(3);
        Assert.Contains($"ModuleVersion        = '{version}'", manifest, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_the_commands_know_PowerShell()
    {
        Assert.DoesNotContain(
            typeof(Engine.ContainerEngine).Assembly.GetReferencedAssemblies(),
            a => a.Name == "System.Management.Automation"
        );
        Assert.DoesNotContain(
            typeof(Native.Linux.LinuxException).Assembly.GetReferencedAssemblies(),
            a => a.Name == "System.Management.Automation"
        );
    }

    [Fact]
    public void The_module_brings_no_assembly_but_its_own()
    {
        IOrderedEnumerable<string?> assemblies = Directory
            .GetFiles(Repository.Module, "*.dll")
            .Select(Path.GetFileName)
            .Order(StringComparer.Ordinal);
        Assert.Equal(["ContainerPS.Engine.dll", "ContainerPS.Native.dll", "ContainerPS.dll"], assemblies);
    }

    private static IEnumerable<string> ManifestList(string manifest, string key)
    {
        int start = manifest.IndexOf("@(", manifest.IndexOf(key, StringComparison.Ordinal), StringComparison.Ordinal);
        string list = manifest[start..manifest.IndexOf(')', start)];
        return list.Split('\'').Where((_, i) => i % 2 == 1);
    }
}
