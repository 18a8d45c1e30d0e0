using System.Management.Automation;
using System.Reflection;
using System.Text.RegularExpressions;

namespace ContainerPS.Commands.Tests;

/// <summary>Every error id has one category, and every one that can be thrown is told to the user: a new id cannot be forgotten.</summary>
public sealed partial class ErrorTests
{
    private static readonly IReadOnlyList<FieldInfo> Ids = [.. typeof(ErrorIds).GetFields(BindingFlags.Public | BindingFlags.Static)];

    private static readonly string Topic = File.ReadAllText(Path.Combine(Repository.Module, "en-US/about_ContainerPS_Errors.help.txt"));

    public static TheoryData<string> All => [.. Ids.Select(id => id.Name)];

    public static TheoryData<string> Used => [.. UsedIds()];

    [Theory]
    [MemberData(nameof(All))]
    public void An_id_is_its_own_name_and_has_a_category(string name)
    {
        Assert.Equal(name, Ids.Single(id => id.Name == name).GetRawConstantValue());
        Assert.NotNull(Errors.CategoryOf(name));
        Assert.NotEqual(ErrorCategory.NotSpecified, Errors.CategoryOf(name));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void A_failure_is_recorded_under_its_id_and_category(string name)
    {
        (string? id, ErrorCategory category) = Errors.Classify(new EngineException(name, EngineErrorKind.Failure, "It failed."));
        Assert.Equal(name, id);
        Assert.Equal(Errors.CategoryOf(name), category);
    }

    [Theory]
    [MemberData(nameof(Used))]
    public void An_id_that_can_be_thrown_is_in_the_topic_with_its_category(string name) =>
        Assert.Equal(Errors.CategoryOf(name)!.Value.ToString(), Told().GetValueOrDefault(name));

    [Fact]
    public void The_topic_tells_nothing_that_cannot_be_thrown() => Assert.Empty(Told().Keys.Except(UsedIds()));

    [Fact]
    public void Ids_are_never_written_as_text()
    {
        var text = new Regex($"\"({string.Join('|', Ids.Select(id => id.Name))})\"");
        Assert.DoesNotContain(Sources(), file => text.IsMatch(File.ReadAllText(file)));
    }

    /// <summary>Lines of the topic: id, category, sentence.</summary>
    private static Dictionary<string, string> Told() =>
        Line().Matches(Topic).ToDictionary(line => line.Groups[1].Value, line => line.Groups[2].Value);

    private static IReadOnlyList<string> UsedIds() =>
        [
            .. Sources()
                .Where(file => Path.GetFileName(file) != "Errors.cs")
                .SelectMany(file => Use().Matches(Code(file)))
                .Select(use => use.Groups[1].Value)
                .Distinct()
                .Order(StringComparer.Ordinal),
        ];

    /// <summary>A file without its comments: an id that is only spoken of is not thrown.</summary>
    private static string Code(string file) =>
        string.Join('\n', File.ReadLines(file).Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal)));

    private static IEnumerable<string> Sources() =>
        Directory
            .EnumerateFiles(Path.Combine(Repository.Root, "ContainerPS"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal));

    [GeneratedRegex("""\bErrorIds\.([A-Za-z]+)""")]
    private static partial Regex Use();

    [GeneratedRegex("^    ([A-Z][A-Za-z]+) +([A-Z][A-Za-z]+)   .*\\.", RegexOptions.Multiline)]
    private static partial Regex Line();
}
