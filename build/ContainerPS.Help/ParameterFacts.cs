using System.Reflection;

namespace ContainerPS.Help;

/// <summary>What the assembly says about a parameter.</summary>
internal sealed record ParameterFacts(
    string Name,
    Type Type,
    IReadOnlyList<string> Aliases,
    IReadOnlyDictionary<string, SetFacts> Sets,
    int Order
)
{
    public const string AllSets = "__AllParameterSets";

    public bool IsSwitch => Type.Name == "SwitchParameter";

    /// <summary>As PowerShell shows it: string[], ByteSize.</summary>
    public string TypeName => Show(Type);

    public SetFacts? In(string set) => Sets.TryGetValue(set, out SetFacts? own) ? own : Sets.GetValueOrDefault(AllSets);

    public static ParameterFacts Of(PropertyInfo property)
    {
        var sets = CustomAttributeData
            .GetCustomAttributes(property)
            .Where(a => a.AttributeType.Name == "ParameterAttribute")
            .ToDictionary(a => CmdletFacts.Named<string>(a, "ParameterSetName") ?? AllSets, SetFacts.Of, StringComparer.Ordinal);
        List<string> aliases =
            CmdletFacts
                .Data(property, "AliasAttribute")
                ?.ConstructorArguments.SelectMany(a => (IEnumerable<CustomAttributeTypedArgument>)a.Value!)
                .Select(a => (string)a.Value!)
                .ToList()
            ?? [];
        return new ParameterFacts(property.Name, property.PropertyType, aliases, sets, sets.Values.Min(s => s.Position ?? int.MaxValue));
    }

    private static string Show(Type type)
    {
        if (type.IsArray)
        {
            return Show(type.GetElementType()!) + "[]";
        }

        if (Nullable.GetUnderlyingType(type) is { } inner)
        {
            return Show(inner);
        }

        if (type.Name.StartsWith("IReadOnlyDictionary", StringComparison.Ordinal))
        {
            return "hashtable";
        }

        return type.FullName switch
        {
            "System.String" => "string",
            "System.Int32" => "int",
            "System.Boolean" => "bool",
            "System.Decimal" => "decimal",
            _ => type.Name,
        };
    }
}

/// <summary>A parameter in one parameter set.</summary>
internal sealed record SetFacts(bool Mandatory, int? Position, bool ByValue, bool ByPropertyName, bool Remaining)
{
    public string Pipeline =>
        (ByValue, ByPropertyName) switch
        {
            (true, true) => "True (ByValue, ByPropertyName)",
            (true, false) => "True (ByValue)",
            (false, true) => "True (ByPropertyName)",
            _ => "False",
        };

    public string PositionText => Position?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "named";

    public static SetFacts Of(CustomAttributeData data) =>
        new(
            CmdletFacts.Named<bool>(data, "Mandatory"),
            CmdletFacts.Named<int?>(data, "Position"),
            CmdletFacts.Named<bool>(data, "ValueFromPipeline"),
            CmdletFacts.Named<bool>(data, "ValueFromPipelineByPropertyName"),
            CmdletFacts.Named<bool>(data, "ValueFromRemainingArguments")
        );
}
