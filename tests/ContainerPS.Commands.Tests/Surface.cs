using System.Reflection;

namespace ContainerPS.Commands.Tests;

/// <summary>The cmdlets by reflection. Attributes are read as data: PowerShellStandard's own code does nothing.</summary>
internal static class Surface
{
    public static IReadOnlyList<Type> Cmdlets { get; } =
    [.. typeof(EngineCmdlet).Assembly.GetExportedTypes().Where(t => Attribute(t, "CmdletAttribute") is not null)];

    public static string NameOf(Type cmdlet)
    {
        IList<CustomAttributeTypedArgument> arguments = Attribute(cmdlet, "CmdletAttribute")!.ConstructorArguments;
        return $"{arguments[0].Value}-{arguments[1].Value}";
    }

    public static IEnumerable<PropertyInfo> Parameters(Type cmdlet) =>
        cmdlet.GetProperties().Where(p => Attribute(p, "ParameterAttribute") is not null);

    public static CustomAttributeData? Attribute(MemberInfo member, string name) =>
        CustomAttributeData.GetCustomAttributes(member).FirstOrDefault(a => a.AttributeType.Name == name);

    public static IEnumerable<CustomAttributeData> Attributes(MemberInfo member, string name) =>
        CustomAttributeData.GetCustomAttributes(member).Where(a => a.AttributeType.Name == name);

    public static bool Flag(CustomAttributeData attribute, string name) =>
        attribute.NamedArguments.Any(a => a.MemberName == name && a.TypedValue.Value is true);

    public static string? Text(CustomAttributeData attribute, string name) =>
        attribute.NamedArguments.Where(a => a.MemberName == name).Select(a => a.TypedValue.Value as string).FirstOrDefault();

    public static IReadOnlyList<string> Aliases(MemberInfo member) =>
        Attribute(member, "AliasAttribute") is { } alias
            ?
            [
                .. alias
                    .ConstructorArguments.SelectMany(a => (IEnumerable<CustomAttributeTypedArgument>)a.Value!)
                    .Select(a => (string)a.Value!),
            ]
            : [];
}
