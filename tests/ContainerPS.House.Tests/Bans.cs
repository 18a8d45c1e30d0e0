using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace ContainerPS.House.Tests;

/// <summary>
/// What this house bans and no analyzer can say. Banned calls are errors of the build: BannedSymbols.txt, and
/// BannedSymbols.BelowCommands.txt for all below the cmdlets.
/// </summary>
public sealed partial class Bans
{
    [Fact]
    public void Only_Interop_declares_foreign_functions() =>
        Nowhere(
            ForeignFunctions(),
            file => file.Room is not ("Native/Interop" or "Native/Shim"),
            "foreign functions belong to ContainerPS.Native/Interop, one file a C header"
        );

    /// <summary>The analyzer passes over a line that names nothing: a slip in a list would lift its ban.</summary>
    [Theory]
    [InlineData("BannedSymbols.txt")]
    [InlineData("BannedSymbols.BelowCommands.txt")]
    public void Every_ban_of_the_build_names_something(string list)
    {
        string[] ids = [.. File.ReadLines(Path.Combine(SourceTree.Root, list)).Select(line => line.Split(';')[0])];
        Assert.NotEmpty(ids);
        CSharpCompilation product = Compilations.Of("Commands").Compilation;
        string[] nothing = [.. ids.Where(id => DocumentationCommentId.GetFirstSymbolForDeclarationId(id, product) is null)];
        Assert.True(nothing.Length == 0, $"{list} bans what does not exist:\n{string.Join('\n', nothing)}");
    }

    [Fact]
    public void No_path_is_joined_to_a_root_file_system_by_text() =>
        Nowhere(
            TextualJoins(),
            file => true,
            "a path in a container is resolved by the path-safe root (openat2, RESOLVE_IN_ROOT), "
                + "never by text (CVE-2019-14271 and its class)"
        );

    [Fact]
    public void Names_of_state_events_stand_in_their_table_alone() =>
        Nowhere(
            StateEventNames(),
            file => file.Path != "ContainerPS.Native/Launch/StateEvents.cs",
            "shim and engine read and write events by StateEvents.NameOf, so that neither writes what the other does not know",
            wholeText: true
        );

    [Fact]
    public void No_error_is_swallowed() => Nowhere(EmptyCatches(), file => true, "an empty catch hides a failure");

    [Fact]
    public void No_marks_of_unfinished_work() =>
        Nowhere(Unfinished(), file => true, "unfinished work is an issue, not a comment", wholeText: true);

    [Fact]
    public void No_source_file_holds_more_than_a_concept()
    {
        string[] long_ =
        [
            .. SourceTree
                .Files.Where(file => file.Room != "Native/Interop" && file.Text.AsSpan().Count('\n') > 600)
                .Select(file => $"{file.Path}: {file.Text.AsSpan().Count('\n')} lines"),
        ];
        Assert.True(long_.Length == 0, "split by concern (Type.Aspect.cs):\n" + string.Join('\n', long_));
    }

    [Fact]
    public void A_cmdlet_lies_in_the_file_of_its_name()
    {
        string[] misplaced =
        [
            .. SourceTree
                .Files.Where(file => file.Room == "Commands")
                .SelectMany(file => Cmdlets().Matches(file.Code).Select(match => (file.Path, Name: match.Groups[1].Value)))
                .Where(cmdlet => Path.GetFileNameWithoutExtension(cmdlet.Path) != cmdlet.Name)
                .Select(cmdlet => $"{cmdlet.Name} lies in {cmdlet.Path}"),
        ];
        Assert.True(misplaced.Length == 0, string.Join('\n', misplaced));
    }

    private static void Nowhere(Regex pattern, Func<SourceFile, bool> where, string reason, bool wholeText = false)
    {
        string[] hits =
        [
            .. SourceTree
                .Files.Where(where)
                .SelectMany(file =>
                    pattern.Matches(wholeText ? file.Text : file.Code).Select(match => $"{file.Path}: {match.Value.Trim()}")
                ),
        ];
        Assert.True(hits.Length == 0, $"{reason}:\n{string.Join('\n', hits)}");
    }

    [GeneratedRegex(@"\b(?:extern|DllImport|LibraryImport)\b")]
    private static partial Regex ForeignFunctions();

    [GeneratedRegex(@"Path\.(?:Combine|Join)\(\s*\w*(?:rootfs|rootFs|RootFs|Rootfs)\w*\s*,")]
    private static partial Regex TextualJoins();

    [GeneratedRegex(@"catch\s*(?:\([^)]*\))?\s*\{\s*\}")]
    private static partial Regex EmptyCatches();

    [GeneratedRegex(@"\b(?:TODO|FIXME|HACK|XXX)\b")]
    private static partial Regex Unfinished();

    [GeneratedRegex(@"""(?:running|adopted|paused|resumed|exited|start-failed|cleanup-failed)""u8|\\""event\\"":\\""\w")]
    private static partial Regex StateEventNames();

    [GeneratedRegex(@"class\s+(\w+Command)\s*(?:\([^)]*\))?\s*:")]
    private static partial Regex Cmdlets();
}
