using Microsoft.CodeAnalysis;

namespace ContainerPS.House.Tests;

/// <summary>
/// Draws the arrows between rooms as the compiler sees them: a file points to a room when one of its names means a type, or a member of a
/// type, that is declared there. The rule is DESIGN.md's: arrows run down only.
/// </summary>
public sealed class Arrows
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
        ["Engine/Events"] = ["Engine/Common", "Native/Linux", "Native/Launch"],
        ["Engine/Images"] = ["Engine/Common", "Engine/Events", "Engine/Layers", "Engine/Registry", "Native/Linux"],
        ["Engine/Containers"] =
        [
            "Engine/Common",
            "Engine/Events",
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
            "Engine/Events",
            "Engine/Images",
            "Engine/Layers",
            "Engine/Containers",
            "Native/Linux",
            "Native/Oci",
            "Native/Cgroups",
            "Native/Launch",
            "Native/Seccomp",
            "Native/Namespaces",
            "Native/Mounts",
        ],
        ["Commands"] = ["Engine", "Engine/Common", "Engine/Events", "Engine/Images", "Engine/Containers", "Native/Linux"],
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

    /// <summary>The rooms that a name may point to: where a type has that name, or a member of that name.</summary>
    private static readonly Lazy<Dictionary<string, HashSet<string>>> RoomsOfNames = new(FindRoomsOfNames);

    private static readonly Lazy<List<Use>> AllUses = new(() =>
        [.. Compilations.OfTheRepository.SelectMany(project => project.Uses(MayBeWrong))]
    );

    [Fact]
    public void Arrows_between_rooms_run_down_only()
    {
        string[] wrong = [.. WrongArrows(AllUses.Value)];
        Assert.True(wrong.Length == 0, string.Join('\n', wrong));
    }

    /// <summary>A name that means nothing draws no arrow: where the sources do not compile, the test above is blind.</summary>
    [Fact]
    public void Every_name_that_may_be_an_arrow_means_something()
    {
        string[] unknown =
        [
            .. AllUses
                .Value.Where(use => use.Type is null && !use.Path.StartsWith("samples/", StringComparison.Ordinal))
                .Select(use => $"{use.Path}: {use.Name}"),
        ];
        Assert.True(unknown.Length == 0, string.Join('\n', unknown.Take(30)));
    }

    [Theory]
    [InlineData("private ImageStore? _store;", "ImageStore of Engine/Images")]
    [InlineData("private global::ContainerPS.Engine.Images.ImageStore? _store;", "ImageStore of Engine/Images")]
    [InlineData("private static object Open(ContainerEngine engine) => engine.Images;", "ContainerEngine of Engine")]
    // Two rooms declare a Mount; the text of a file cannot tell which of them it names.
    [InlineData("private ContainerPS.Mount? _mount;", "Mount of Engine/Containers")]
    [InlineData("private ContainerPS.Native.Oci.Mount? _mount;", "Mount of Native/Oci")]
    public void An_arrow_that_runs_up_is_seen(string member, string arrow)
    {
        string code =
            "using ContainerPS.Engine; using ContainerPS.Engine.Images;\n"
            + $"namespace ContainerPS.Engine.Common;\ninternal sealed class Wrong {{ {member} }}";
        Assert.Contains(
            $"ContainerPS/Engine/Common/Wrong.cs names {arrow}",
            WrongArrows(Compilations.Of("Engine").With("ContainerPS/Engine/Common/Wrong.cs", code).Uses(MayBeWrong))
        );
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

    private static Dictionary<string, HashSet<string>> FindRoomsOfNames()
    {
        var rooms = new Dictionary<string, HashSet<string>>();
        foreach ((string[] names, string[] files) in Compilations.OfTheRepository.SelectMany(project => project.Declarations()))
        {
            foreach (string name in names)
            {
                if (!rooms.TryGetValue(name, out HashSet<string>? found))
                {
                    rooms.Add(name, found = []);
                }

                found.UnionWith(files.Select(SourceTree.RoomOf));
            }
        }

        return rooms;
    }

    private static bool MayBeWrong(string path, string name)
    {
        string from = SourceTree.RoomOf(path);
        return !Allowed.TryGetValue(from, out string[]? allowed)
            || (
                RoomsOfNames.Value.TryGetValue(name, out HashSet<string>? rooms)
                && rooms.Any(room => room != from && !allowed.Contains(room))
            );
    }

    private static SortedSet<string> WrongArrows(IEnumerable<Use> uses)
    {
        var wrong = new SortedSet<string>(StringComparer.Ordinal);
        foreach (Use use in uses.Where(use => use.DeclaredIn.Count > 0))
        {
            string from = SourceTree.RoomOf(use.Path);
            string[] to = [.. use.DeclaredIn.Select(SourceTree.RoomOf).Distinct()];
            if (!Allowed.TryGetValue(from, out string[]? allowed))
            {
                wrong.Add($"{use.Path}: the room {from} is not on the plan");
            }
            else if (!to.Contains(from) && !to.Any(room => allowed.Contains(room)) && !IsProtocol(from, use))
            {
                wrong.Add($"{use.Path} names {use.Type?.Name} of {string.Join(", ", to)}");
            }
        }

        return wrong;
    }

    /// <summary>What the shim compiles of other rooms (its project names the files) is the protocol between both, not an arrow.</summary>
    private static bool IsProtocol(string from, Use use) =>
        from == "Native/Shim" && use.DeclaredIn.All(Compilations.SharedWithTheShim.Contains);
}
