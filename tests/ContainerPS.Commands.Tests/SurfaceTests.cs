using System.Management.Automation;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using ContainerPS.Commands.Tests.Hosted;

namespace ContainerPS.Commands.Tests;

/// <summary>
/// What holds for every cmdlet and parameter, as PowerShell sees them after the import; each rule once broke somebody's script elsewhere.
/// </summary>
[Collection(HostedCollection.Name)]
public sealed class SurfaceTests(PowerShellHost host)
{
    private static readonly string[] ReadingVerbs = ["Get", "Measure", "Wait", "Test"];

    /// <summary>Names, because a theory's data is made before there is a runspace.</summary>
    public static TheoryData<string> Cmdlets => [.. Surface.Cmdlets.Select(Surface.NameOf)];

    [Fact]
    public void There_are_cmdlets() => Assert.True(host.Commands.Count >= 20, $"{host.Commands.Count} cmdlets");

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Class_and_file_are_named_by_verb_and_noun(string name)
    {
        Type type = Command(name).ImplementingType;
        Assert.Equal(name.Replace("-", "", StringComparison.Ordinal) + "Command", type.Name);
        Assert.Single(
            Directory.GetFiles(Path.Combine(Repository.Root, "ContainerPS/Commands"), type.Name + ".cs", SearchOption.AllDirectories)
        );
        Assert.True(type.IsSealed, "sealed");
    }

    [Fact]
    public void Verbs_are_approved_by_PowerShell_itself()
    {
        IReadOnlyList<string> approved = host.Run("(Get-Verb).Verb").Texts;
        Assert.All(host.Commands, command => Assert.Contains(command.Verb, approved));
        Assert.Empty(host.Run("Import-Module $args[0] -Force", Repository.Module).Warnings);
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void What_changes_state_asks_first_and_what_reads_does_not(string name)
    {
        bool asks = Command(name).Parameters.ContainsKey("WhatIf");
        Assert.Equal(!ReadingVerbs.Contains(Command(name).Verb), asks);
        Assert.Equal(asks, Command(name).Parameters.ContainsKey("Confirm"));
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Nothing_binds_by_property_name(string name) =>
        Assert.All(
            Command(name).ParameterSets.SelectMany(set => set.Parameters),
            parameter => Assert.False(parameter.ValueFromPipelineByPropertyName, $"-{parameter.Name}")
        );

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Durations_and_sizes_have_their_own_types(string name)
    {
        Type[] bare = [typeof(TimeSpan), typeof(long), typeof(ulong), typeof(uint), typeof(double), typeof(float)];
        foreach (ParameterMetadata parameter in Surface.Own(Command(name)))
        {
            Type type = parameter.ParameterType.GetElementType() ?? parameter.ParameterType;
            type = Nullable.GetUnderlyingType(type) ?? type;
            Assert.DoesNotContain(type, bare);
            if (type == typeof(decimal))
            {
                // A comma in it would be dropped in silence: a transformation reads it.
                Assert.Contains(parameter.Attributes, attribute => attribute is ArgumentTransformationAttribute);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void What_comes_by_value_is_transformed_never_coerced(string name)
    {
        // The input of a command is any object: nothing is coerced there.
        foreach (ParameterMetadata parameter in Surface.Own(Command(name)).Where(p => p.ParameterType != typeof(PSObject)))
        {
            if (parameter.ParameterSets.Values.Any(set => set.ValueFromPipeline))
            {
                Assert.Contains(parameter.Attributes, attribute => attribute is ArgumentTransformationAttribute);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void At_most_one_parameter_of_a_set_comes_by_value(string name) =>
        Assert.All(
            Command(name).ParameterSets,
            set => Assert.True(set.Parameters.Count(p => p.ValueFromPipeline) <= 1, $"parameter set {set.Name}")
        );

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void One_parameter_takes_the_containers_and_another_their_ids(string name)
    {
        if (
            Surface.Own(Command(name)).FirstOrDefault(p => p.Name == "Name" && p.ParameterType == typeof(ContainerReference[]))
            is not { } things
        )
        {
            return;
        }

        // The input of a command is its own parameter there.
        Assert.Equal(name == "Invoke-ContainerCommand" ? ["Container"] : ["Container", "InputObject"], things.Aliases);
        // Where several are given, they are by position or, beside a command by position, by pipeline: then the command is named.
        Assert.Contains(things.ParameterSets.Values, set => set.Position == 0);
        Assert.Contains(things.ParameterSets.Values, set => set.ValueFromPipeline);
        if (!Command(name).Parameters.TryGetValue("Id", out ParameterMetadata? id))
        {
            // A command's container is named: an id is as good a name.
            Assert.Equal("Invoke-ContainerCommand", name);
            return;
        }

        Assert.Equal(typeof(ContainerReference[]), id.ParameterType);
        Assert.All(id.ParameterSets.Values, set => Assert.False(set.ValueFromPipeline));
        Assert.DoesNotContain(id.ParameterSets.Keys, things.ParameterSets.Keys.Contains);
    }

    /// <summary>
    /// <c>Get-Container $undefined | Remove-Container -Force</c> removed everything: only the absence of a parameter is all.
    /// </summary>
    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Null_is_never_all(string name)
    {
        string[] filters = ["State", "Image", "Label"];
        IEnumerable<ParameterMetadata> selecting = Surface
            .Own(Command(name))
            .Where(p =>
                p.ParameterType == typeof(ContainerReference[])
                || p.ParameterType == typeof(ImageSelector[])
                || (Command(name).Verb == "Get" && filters.Contains(p.Name))
            );
        Assert.All(
            selecting,
            parameter =>
                Assert.True(
                    parameter.ParameterSets.Values.All(set => set.IsMandatory)
                        || parameter.Attributes.Any(attribute => attribute is ValidateNotNullOrEmptyAttribute),
                    $"-{parameter.Name}"
                )
        );
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void The_command_takes_the_remaining_arguments(string name)
    {
        // New-Image writes a default command down; it runs none.
        if (name == "New-Image" || !Command(name).Parameters.TryGetValue("Command", out ParameterMetadata? words))
        {
            return;
        }

        Assert.Equal(typeof(string[]), words.ParameterType);
        Assert.All(words.ParameterSets.Values, set => Assert.True(set.ValueFromRemainingArguments));
        Assert.Contains("ArgumentList", words.Aliases);
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void What_it_puts_out_is_declared(string name) =>
        Assert.True(
            Command(name).OutputType.Count > 0 || Command(name).ImplementingType.IsDefined(typeof(OutputTypeAttribute)),
            "OutputType"
        );

    [Fact]
    public void The_manifest_exports_the_cmdlets_and_aliases_and_nothing_else()
    {
        PSModuleInfo module = host.Run("Get-Module ContainerPS").One<PSModuleInfo>();
        Assert.Equal(
            Surface.Cmdlets.Select(Surface.NameOf).Order(StringComparer.Ordinal),
            module.ExportedCmdlets.Keys.Order(StringComparer.Ordinal)
        );
        Assert.Equal(
            Surface.Cmdlets.SelectMany(Surface.AliasesOf).Order(StringComparer.Ordinal),
            module.ExportedAliases.Keys.Order(StringComparer.Ordinal)
        );
        Assert.Empty(module.ExportedFunctions);
        Assert.Empty(module.ExportedVariables);
    }

    [Fact]
    public void The_manifest_has_the_version_of_the_assembly() =>
        Assert.Equal(
            typeof(EngineCmdlet).Assembly.GetName().Version!.ToString(3),
            host.Run("Get-Module ContainerPS").One<PSModuleInfo>().Version.ToString()
        );

    [Fact]
    public void Only_the_commands_know_PowerShell()
    {
        Assert.DoesNotContain(References("ContainerPS.Engine.dll"), name => name == "System.Management.Automation");
        Assert.DoesNotContain(References("ContainerPS.Native.dll"), name => name == "System.Management.Automation");
        Assert.Contains(References("ContainerPS.dll"), name => name == "System.Management.Automation");
    }

    [Fact]
    public void The_module_is_these_files_and_no_other()
    {
        string[] expected =
        [
            "ContainerPS.Engine.dll",
            "ContainerPS.Engine.pdb",
            "ContainerPS.Format.ps1xml",
            "ContainerPS.Native.dll",
            "ContainerPS.Native.pdb",
            "ContainerPS.Types.ps1xml",
            "ContainerPS.dll",
            "ContainerPS.pdb",
            "ContainerPS.psd1",
            "LICENSE",
            "containerps-shim",
            "en-US/ContainerPS.dll-Help.xml",
        ];
        IEnumerable<string> files = Directory
            .GetFiles(Repository.Module, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Repository.Module, file))
            // A build may leave the executable out, and topics come and go.
            .Where(file =>
                file != "containerps"
                && !(file.StartsWith("en-US/about_", StringComparison.Ordinal) && file.EndsWith(".help.txt", StringComparison.Ordinal))
            )
            .Order(StringComparer.Ordinal);
        Assert.Equal(expected, files);
    }

    /// <summary>The hosted PowerShell depends on packages under other terms than open ones: nothing that ships may ask for it.</summary>
    [Fact]
    public void Nothing_of_the_hosted_PowerShell_is_in_the_module_or_asked_for_by_it()
    {
        var hosted = Directory
            .GetFiles(AppContext.BaseDirectory, "*.dll")
            .Select(file => Path.GetFileNameWithoutExtension(file)!)
            .Where(name => !name.StartsWith("ContainerPS", StringComparison.Ordinal))
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        Assert.Contains("System.Management.Automation", hosted);
        Assert.Contains("Microsoft.Management.Infrastructure", hosted);
        foreach (string file in Directory.GetFiles(Repository.Module, "*", SearchOption.AllDirectories))
        {
            Assert.DoesNotContain(Path.GetFileNameWithoutExtension(file), hosted);
        }

        // The reference assembly's only: every pwsh has it.
        foreach (string assembly in new[] { "ContainerPS.dll", "ContainerPS.Engine.dll", "ContainerPS.Native.dll" })
        {
            Assert.DoesNotContain(References(assembly), name => name != "System.Management.Automation" && hosted.Contains(name));
        }
    }

    private CmdletInfo Command(string name) => host.Commands.Single(c => c.Name == name);

    /// <summary>What an assembly of the module refers to, read from the file that ships.</summary>
    private static IReadOnlyList<string> References(string assembly)
    {
        using var file = new PEReader(File.OpenRead(Path.Combine(Repository.Module, assembly)));
        MetadataReader metadata = file.GetMetadataReader();
        return [.. metadata.AssemblyReferences.Select(r => metadata.GetString(metadata.GetAssemblyReference(r).Name))];
    }
}
