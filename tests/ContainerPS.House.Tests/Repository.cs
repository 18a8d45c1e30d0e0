using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace ContainerPS.House.Tests;

/// <summary>What holds for the repository as a whole.</summary>
public sealed partial class Repository
{
    private static readonly string[] TextEndings =
    [
        ".cs",
        ".md",
        ".ps1",
        ".psd1",
        ".ps1xml",
        ".props",
        ".targets",
        ".csproj",
        ".sh",
        ".c",
        ".json",
        ".txt",
        ".xml",
        "",
    ];

    [Fact]
    public void No_path_of_a_developers_machine_is_in_the_repository()
    {
        string[] hits =
        [
            .. SourceTree
                .AllFiles()
                .Where(path => TextEndings.Contains(Path.GetExtension(path)))
                .SelectMany(path =>
                    MachinePaths().Matches(File.ReadAllText(Path.Combine(SourceTree.Root, path))).Select(match => $"{path}: {match.Value}")
                ),
        ];
        Assert.True(hits.Length == 0, string.Join('\n', hits));
    }

    [Fact]
    public void Package_versions_are_central_and_locked()
    {
        foreach (string project in SourceTree.AllFiles().Where(path => path.EndsWith(".csproj", StringComparison.Ordinal)))
        {
            var document = XDocument.Load(Path.Combine(SourceTree.Root, project));
            Assert.DoesNotContain(document.Descendants("PackageReference"), reference => reference.Attribute("Version") is not null);
            if (!project.Contains("/Shim/", StringComparison.Ordinal))
            {
                Assert.True(
                    File.Exists(Path.Combine(SourceTree.Root, Path.GetDirectoryName(project)!, "packages.lock.json")),
                    $"{project} has no packages.lock.json"
                );
            }
        }
    }

    [Fact]
    public void Every_dependency_has_its_line_in_the_architecture()
    {
        string architecture = File.ReadAllText(Path.Combine(SourceTree.Root, "ARCHITECTURE.md"));
        foreach (
            XElement package in XDocument.Load(Path.Combine(SourceTree.Root, "Directory.Packages.props")).Descendants("PackageVersion")
        )
        {
            Assert.Contains(package.Attribute("Include")!.Value, architecture, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_architecture_names_only_files_that_exist()
    {
        string architecture = File.ReadAllText(Path.Combine(SourceTree.Root, "ARCHITECTURE.md"));
        string[] missing =
        [
            .. SourcePaths()
                .Matches(architecture)
                .Select(match => match.Value)
                .Distinct()
                .Where(path => !File.Exists(Path.Combine(SourceTree.Root, path))),
        ];
        Assert.True(missing.Length == 0, string.Join('\n', missing));
        Assert.NotEmpty(SourcePaths().Matches(architecture));
    }

    [GeneratedRegex(@"(?<![\w./])/(?:work|home/\w+)/[\w.-]+|(?<![\w./])/opt/(?:peers|build|pwsh)\b")]
    private static partial Regex MachinePaths();

    [GeneratedRegex(@"(?:ContainerPS|ContainerPS\.Native|samples|bench|tests|build)/[\w./-]+\.(?:cs|csproj|targets|props|c|sh)\b")]
    private static partial Regex SourcePaths();
}
