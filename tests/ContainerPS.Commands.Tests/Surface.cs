using System.Management.Automation;
using System.Reflection;

namespace ContainerPS.Commands.Tests;

/// <summary>The cmdlets of the assembly by reflection, and how PowerShell's view of one is asked.</summary>
internal static class Surface
{
    public static IReadOnlyList<Type> Cmdlets { get; } =
    [.. typeof(EngineCmdlet).Assembly.GetExportedTypes().Where(t => t.IsDefined(typeof(CmdletAttribute)))];

    public static string NameOf(Type cmdlet)
    {
        CmdletAttribute attribute = cmdlet.GetCustomAttribute<CmdletAttribute>()!;
        return $"{attribute.VerbName}-{attribute.NounName}";
    }

    public static IEnumerable<string> AliasesOf(Type cmdlet) => cmdlet.GetCustomAttribute<AliasAttribute>()?.AliasNames ?? [];

    /// <summary>The parameters of a cmdlet's own, without those that PowerShell gives to every cmdlet.</summary>
    public static IEnumerable<ParameterMetadata> Own(CommandInfo command) =>
        command.Parameters.Values.Where(p =>
            !Cmdlet.CommonParameters.Contains(p.Name) && !Cmdlet.OptionalCommonParameters.Contains(p.Name)
        );
}
