using System.Text.RegularExpressions;

namespace ContainerPS.House.Tests;

/// <summary>
/// Draws the arrows between rooms from the code: a file points to a room when it names a type that is declared in that room only.
/// The rule is DESIGN.md's: arrows run down only.
/// </summary>
public sealed partial class Arrows
{
    /// <summary>What each room may name. A room always may name itself; a room that is not listed here fails the test.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Native"] = [],
        ["Native/Interop"] = [],
        ["Native/Oci"] = ["Native/Interop", "Native/Linux"],
        ["Native/Linux"] = ["Native/Interop"],
        ["Native/Namespaces"] = ["Native/Interop", "Native/Linux", "Native/Oci"],
        ["Native/Mounts"] = ["Native/Interop", "Native/Linux", "Native/Oci"],
        ["Native/Seccomp"] = ["Native/Interop", "Native/Linux", "Native/Oci"],
        ["Native/Cgroups"] = ["Native/Interop", "Native/Linux", "Native/Oci"],
        ["Native/Launch"] =
        [
            "Native/Interop",
            "Native/Linux",
            "Native/Oci",
            "Native/Namespaces",
            "Native/Mounts",
            "Native/Seccomp",
            "Native/Cgroups",
        ],
        ["Native/Runtime"] =
        [
            "Native/Interop",
            "Native/Linux",
            "Native/Oci",
            "Native/Namespaces",
            "Native/Mounts",
            "Native/Seccomp",
            "Native/Cgroups",
            "Native/Launch",
        ],
        ["Native/Shim"] = [],
        ["Engine/Common"] = ["Native/Linux"],
        ["Engine/Layers"] = ["Engine/Common", "Native/Linux", "Native/Mounts"],
        ["Engine/Registry"] = ["Engine/Common"],
        ["Engine/Images"] = ["Engine/Common", "Engine/Layers", "Engine/Registry", "Native/Linux"],
        ["Engine/Containers"] =
        [
            "Engine/Common",
            "Engine/Layers",
            "Engine/Images",
            "Native/Linux",
            "Native/Oci",
            "Native/Namespaces",
            "Native/Mounts",
            "Native/Seccomp",
            "Native/Cgroups",
            "Native/Launch",
        ],
        ["Engine"] =
        [
            "Engine/Common",
            "Engine/Images",
            "Engine/Layers",
            "Engine/Containers",
            "Native/Linux",
            "Native/Oci",
            "Native/Cgroups",
            "Native/Launch",
            "Native/Seccomp",
            "Native/Namespaces",
        ],
        ["Commands"] = ["Engine", "Engine/Common", "Engine/Images", "Engine/Containers", "Native/Linux"],
        ["Cli"] =
        [
            "Engine",
            "Engine/Common",
            "Engine/Images",
            "Engine/Containers",
            "Native",
            "Native/Linux",
            "Native/Oci",
            "Native/Runtime",
            "Native/Launch",
            "Native/Cgroups",
            "Native/Seccomp",
        ],
        ["samples"] = ["Engine", "Engine/Common", "Engine/Images", "Engine/Containers", "Native/Linux"],
    };

    [Fact]
    public void Arrows_between_rooms_run_down_only()
    {
        string[] wrong = [.. WrongArrows(SourceTree.Files)];
        Assert.True(wrong.Length == 0, string.Join('\n', wrong));
    }

    [Fact]
    public void An_arrow_that_runs_up_is_seen()
    {
        const string code =
            "using ContainerPS.Engine.Images;\nnamespace ContainerPS.Engine.Common;\n"
            + "internal sealed class Wrong { private ImageStore? _store; }";
        var up = new SourceFile("ContainerPS/Engine/Common/Wrong.cs", "Engine/Common", code, code);
        Assert.Equal(["ContainerPS/Engine/Common/Wrong.cs names ImageStore of Engine/Images"], WrongArrows([up]));
    }

    private static List<string> WrongArrows(IEnumerable<SourceFile> files)
    {
        Dictionary<string, Declared> types = TypesThatOneRoomDeclares();
        var wrong = new List<string>();
        foreach (SourceFile file in files)
        {
            if (!Allowed.TryGetValue(file.Room, out string[]? allowed))
            {
                wrong.Add($"{file.Path}: the room {file.Room} is not on the plan");
                continue;
            }

            string[] scope = [.. ScopeOf(file)];
            wrong.AddRange(
                Identifiers()
                    .Matches(file.Code)
                    .Select(match => match.Value)
                    .Distinct()
                    .Where(name =>
                        types.TryGetValue(name, out Declared? type)
                        && type.Room != file.Room
                        && !allowed.Contains(type.Room)
                        && IsVisible(type, scope)
                        && !IsMember(file, name)
                    )
                    .Select(name => $"{file.Path} names {name} of {types[name].Room}")
            );
        }

        return wrong;
    }

    [Fact]
    public void Every_room_of_the_plan_that_has_code_is_found()
    {
        string[] rooms = [.. SourceTree.Files.Select(file => file.Room).Distinct()];
        foreach (
            string room in (string[])
                ["Native/Interop", "Native/Linux", "Native/Launch", "Native/Shim", "Engine/Images", "Engine/Containers", "Commands", "Cli"]
        )
        {
            Assert.Contains(room, rooms);
        }
    }

    /// <summary>
    /// A name that several rooms declare cannot be placed by its name alone, so it draws no arrow. The shared plan format is compiled into
    /// the shim too: it is the protocol between both, not an arrow.
    /// </summary>
    private static Dictionary<string, Declared> TypesThatOneRoomDeclares() =>
        SourceTree
            .Files.SelectMany(file =>
                Declarations().Matches(file.Code).Select(match => new Declared(match.Groups[1].Value, file.Room, NamespaceOf(file)))
            )
            .Distinct()
            .GroupBy(type => type.Name)
            .Where(group => group.Count() == 1 && !SharedWithTheShim(group.Key))
            .ToDictionary(group => group.Key, group => group.Single());

    private static string NamespaceOf(SourceFile file) => Namespaces().Match(file.Code).Groups[1].Value;

    /// <summary>The namespaces whose types a file can name without a prefix: its own with those around it, and those it uses.</summary>
    private static IEnumerable<string> ScopeOf(SourceFile file)
    {
        for (string own = NamespaceOf(file); own.Length > 0; own = own.Contains('.') ? own[..own.LastIndexOf('.')] : "")
        {
            yield return own;
        }

        foreach (Match used in Usings().Matches(file.Code))
        {
            yield return used.Groups[1].Value;
        }
    }

    private static bool IsVisible(Declared type, string[] scope) => scope.Contains(type.Namespace);

    /// <summary>
    /// A property, method, enumerator or initialised member of that name in the file: then the name may mean that one, and draws no arrow.
    /// </summary>
    private static bool IsMember(SourceFile file, string name) =>
        Regex.IsMatch(file.Code, $@"(?:[\w>\]?)]\s+|[{{,]\s*){name}\s*(?:\(|=>|\{{|=|;|,|\))")
        && !Regex.IsMatch(file.Code, $@"\bnew\s+{name}\b");

    /// <summary>Files that the shim's project compiles from Native/Launch.</summary>
    private static bool SharedWithTheShim(string type) =>
        SourceTree.Files.Any(file =>
            file.Room == "Native/Launch"
            && Path.GetFileName(file.Path) is var name
            && (name == "StateEvents.cs" || name.StartsWith("PlanFormat", StringComparison.Ordinal))
            && Declares(file, type)
        );

    private static bool Declares(SourceFile file, string name) =>
        Declarations().Matches(file.Code).Any(match => match.Groups[1].Value == name);

    private sealed record Declared(string Name, string Room, string Namespace);

    [GeneratedRegex(@"^namespace\s+([\w.]+)", RegexOptions.Multiline)]
    private static partial Regex Namespaces();

    [GeneratedRegex(@"^(?:global )?using\s+(?:static\s+)?([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Usings();

    [GeneratedRegex(
        @"^(?:public|internal)\b[^\n=;({]*?\b(?:class|struct|record struct|record|interface|enum)\s+(\w+)",
        RegexOptions.Multiline
    )]
    private static partial Regex Declarations();

    /// <summary>A word that is not a member access: `.Name` after an instance says nothing about rooms.</summary>
    [GeneratedRegex(@"(?<![.\w])[A-Z]\w+")]
    private static partial Regex Identifiers();
}
