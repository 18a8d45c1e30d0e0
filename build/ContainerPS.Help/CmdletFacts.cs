using System.Reflection;
using System.Runtime.Loader;

namespace ContainerPS.Help;

/// <summary>What the assembly says about a cmdlet. Attributes are read as data: PowerShellStandard's own code does nothing.</summary>
internal sealed record CmdletFacts(
    string Name,
    bool SupportsShouldProcess,
    string? DefaultSet,
    IReadOnlyList<ParameterFacts> Parameters,
    IReadOnlyList<string> Outputs
)
{
    public string Verb => Name.Split('-')[0];

    public string Noun => Name.Split('-')[1];

    /// <summary>Names of the parameter sets, the default one first.</summary>
    public IReadOnlyList<string> Sets
    {
        get
        {
            var named = Parameters
                .SelectMany(p => p.Sets.Keys)
                .Where(s => s != ParameterFacts.AllSets)
                .Distinct()
                .OrderBy(s => s != DefaultSet)
                .ThenBy(s => s, StringComparer.Ordinal)
                .ToList();
            return named.Count > 0 ? named : [ParameterFacts.AllSets];
        }
    }

    public static IReadOnlyList<CmdletFacts> Read(string assemblyPath)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(assemblyPath))!;
        AssemblyLoadContext.Default.Resolving += (context, name) =>
            File.Exists(Path.Combine(folder, name.Name + ".dll"))
                ? context.LoadFromAssemblyPath(Path.Combine(folder, name.Name + ".dll"))
                : null;
        return
        [
            .. Assembly
                .LoadFrom(Path.GetFullPath(assemblyPath))
                .GetExportedTypes()
                .Where(t => Data(t, "CmdletAttribute") is not null)
                .Select(Of)
                .OrderBy(c => c.Name, StringComparer.Ordinal),
        ];
    }

    internal static CustomAttributeData? Data(MemberInfo member, string attribute) =>
        CustomAttributeData.GetCustomAttributes(member).FirstOrDefault(a => a.AttributeType.Name == attribute);

    internal static T? Named<T>(CustomAttributeData attribute, string name) =>
        attribute.NamedArguments.Where(a => a.MemberName == name).Select(a => (T?)a.TypedValue.Value).FirstOrDefault();

    private static CmdletFacts Of(Type type)
    {
        CustomAttributeData cmdlet = Data(type, "CmdletAttribute")!;
        var parameters = type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => Data(p, "ParameterAttribute") is not null)
            .Select(ParameterFacts.Of)
            .OrderBy(p => p.Order)
            .ToList();
        return new CmdletFacts(
            $"{cmdlet.ConstructorArguments[0].Value}-{cmdlet.ConstructorArguments[1].Value}",
            Named<bool>(cmdlet, "SupportsShouldProcess"),
            Named<string>(cmdlet, "DefaultParameterSetName"),
            parameters,
            [.. OutputTypes(type)]
        );
    }

    private static IEnumerable<string> OutputTypes(Type type) =>
        CustomAttributeData
            .GetCustomAttributes(type)
            .Where(a => a.AttributeType.Name == "OutputTypeAttribute")
            .SelectMany(a => a.ConstructorArguments.SelectMany(Flat))
            .Select(v => ((Type)v!).FullName!);

    private static IEnumerable<object?> Flat(CustomAttributeTypedArgument argument) =>
        argument.Value is IReadOnlyCollection<CustomAttributeTypedArgument> many ? many.SelectMany(Flat) : [argument.Value];
}
