using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace ContainerPS.House.Tests;

/// <summary>One source file of the product: its path below the repository, its room, its code without comments and strings.</summary>
public sealed record SourceFile(string Path, string Room, string Text, string Code);

/// <summary>The product's C# sources as the compiler sees them: what is below bin, obj, out, tests and bench is not read.</summary>
public static partial class SourceTree
{
    private static readonly string[] ProductFolders = ["ContainerPS", "ContainerPS.Native", "samples"];
    private static readonly Lazy<IReadOnlyList<SourceFile>> LazyFiles = new(Read);

    public static string Root { get; } = FindRoot();

    public static IReadOnlyList<SourceFile> Files => LazyFiles.Value;

    /// <summary>Every file of the repository that git would carry, as paths below the root; build output is left out.</summary>
    public static IEnumerable<string> AllFiles() =>
        Directory
            .EnumerateFiles(Root, "*", SearchOption.AllDirectories)
            .Select(path => System.IO.Path.GetRelativePath(Root, path))
            .Where(path => !IsBuildOutput(path));

    private static List<SourceFile> Read() =>
        ProductFolders
            .SelectMany(folder => Directory.EnumerateFiles(System.IO.Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories))
            .Select(path => System.IO.Path.GetRelativePath(Root, path))
            .Where(path => !IsBuildOutput(path))
            .Select(ReadFile)
            .ToList();

    private static SourceFile ReadFile(string path)
    {
        string text = File.ReadAllText(System.IO.Path.Combine(Root, path));
        return new SourceFile(path, RoomOf(path), text, CodeOf(text));
    }

    /// <summary>The text without its comments and strings.</summary>
    public static string CodeOf(string text) => CommentsAndStrings().Replace(text, " ");

    /// <summary>A file of the repository, as against what a generator made.</summary>
    public static bool IsSource(string path) =>
        ProductFolders.Any(folder => path.StartsWith(folder + "/", StringComparison.Ordinal))
        && path.EndsWith(".cs", StringComparison.Ordinal)
        && !path.EndsWith(".g.cs", StringComparison.Ordinal);

    private static bool IsBuildOutput(string path) =>
        path.Split('/').Any(part => part is "bin" or "obj" or "out" or ".git" or "TestResults");

    /// <summary>
    /// The room is the folder below the project: `ContainerPS/Engine/Images/ImageStore.cs` lies in `Engine/Images`; what lies directly in
    /// Engine is `Engine`.
    /// </summary>
    public static string RoomOf(string path)
    {
        string[] parts = path.Split('/');
        return parts[0] switch
        {
            "ContainerPS" => parts[1] == "Engine" && parts.Length > 3 ? $"Engine/{parts[2]}" : parts[1],
            "ContainerPS.Native" => parts.Length > 2 ? $"Native/{parts[1]}" : "Native",
            _ => parts[0],
        };
    }

    private static string FindRoot([CallerFilePath] string here = "")
    {
        for (DirectoryInfo? directory = new(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(directory.FullName, "ContainerPS.sln")))
            {
                return directory.FullName;
            }
        }

        throw new InvalidOperationException($"ContainerPS.sln was not found above {AppContext.BaseDirectory} ({here}).");
    }

    [GeneratedRegex(
        """//[^\n]*|/\*.*?\*/|\$*\"{3}.*?\"{3}|@"(?:[^"]|"")*"|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\])+'""",
        RegexOptions.Singleline
    )]
    private static partial Regex CommentsAndStrings();
}
