using System.Management.Automation;
using System.Reflection;
using System.Text.RegularExpressions;
using ContainerPS.Commands.Tests.Hosted;
using ContainerPS.Engine;

namespace ContainerPS.Commands.Tests;

/// <summary>What the engine can make, New-Container can ask for: each member of a definition has a parameter that sets it.</summary>
[Collection(HostedCollection.Name)]
public sealed class DefinitionTests(PowerShellHost host)
{
    /// <summary>Parameters whose name is not that of the member, nor its singular.</summary>
    private static readonly Dictionary<string, string> OtherNames = new()
    {
        [nameof(ContainerDefinition.OciSpecPath)] = "OciSpec",
        [nameof(ContainerDefinition.NetworkMode)] = "Network",
        [nameof(ContainerDefinition.PidMode)] = "Pid",
        [nameof(ContainerDefinition.IpcMode)] = "Ipc",
        [nameof(ContainerDefinition.UtsMode)] = "Uts",
    };

    /// <summary>Members without a parameter, each with the reason.</summary>
    private static readonly Dictionary<string, string> Without = new()
    {
        [nameof(ContainerDefinition.OpenStdin)] =
            "Invoke-Container opens it when the pipeline brings input; a container made for later has nobody to write to it",
        [nameof(CgroupLimitRequest.CpuUclampMin)] = "-Unified takes cpu.uclamp.min, which only cgroup v2 has",
        [nameof(CgroupLimitRequest.CpuUclampMax)] = "-Unified takes cpu.uclamp.max, which only cgroup v2 has",
    };

    public static TheoryData<string> Members => [.. NamesOf(typeof(ContainerDefinition))];

    public static TheoryData<string> Limits => [.. NamesOf(typeof(CgroupLimitRequest))];

    [Theory]
    [MemberData(nameof(Members))]
    public void Each_member_of_a_definition_has_a_parameter(string member) => HasParameter(member);

    [Theory]
    [MemberData(nameof(Limits))]
    public void Each_limit_has_a_parameter(string member) => HasParameter(member);

    [Theory]
    [MemberData(nameof(Members))]
    public void Each_member_of_a_definition_is_set_by_the_cmdlet(string member) =>
        IsSet(member, "Containers/ContainerDefinitionCmdlet.cs", "Containers/NewContainerCommand.cs");

    [Theory]
    [MemberData(nameof(Limits))]
    public void Each_limit_is_set_by_the_cmdlet(string member) => IsSet(member, "Shared/LimitCmdlet.cs");

    [Fact]
    public void What_has_no_parameter_is_a_member() =>
        Assert.Empty(Without.Keys.Except([.. NamesOf(typeof(ContainerDefinition)), .. NamesOf(typeof(CgroupLimitRequest))]));

    private void HasParameter(string member)
    {
        IEnumerable<string> parameters = Surface.Own(host.Commands.Single(command => command.Name == "New-Container")).Select(p => p.Name);
        string[] names = OtherNames.TryGetValue(member, out string? other) ? [other] : [member, member.TrimEnd('s')];
        Assert.Equal(!Without.ContainsKey(member), parameters.Intersect(names).Any());
    }

    private static void IsSet(string member, params string[] files)
    {
        string code = string.Concat(files.Select(file => File.ReadAllText(Path.Combine(Repository.Root, "ContainerPS/Commands", file))));
        Assert.Equal(!Without.ContainsKey(member), Regex.IsMatch(code, $@"\b{member} = "));
    }

    private static IEnumerable<string> NamesOf(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.CanWrite)
            .Select(property => property.Name);
}
