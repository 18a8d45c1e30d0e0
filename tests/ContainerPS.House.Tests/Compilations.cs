using System.Reflection;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;

namespace ContainerPS.House.Tests;

/// <summary>
/// The product as the compiler sees it: one compilation a project, over its sources and those of the framework's generators, with the
/// references of this test's own process. Nothing is emitted, and no build output is read.
/// </summary>
internal static class Compilations
{
    private const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    private static readonly Lazy<IReadOnlyList<SourceProject>> LazyProjects = new(CompileAll);

    /// <summary>Paths, below the repository, of what the shim's project compiles besides its own folder.</summary>
    public static HashSet<string> SharedWithTheShim { get; } = FindSharedWithTheShim();

    public static SourceProject Of(string name) => LazyProjects.Value.Single(project => project.Name == name);

    public static IReadOnlyList<SourceProject> OfTheRepository => LazyProjects.Value;

    private static List<SourceProject> CompileAll()
    {
        SourceProject shim = Compile(
            "Shim",
            path => path.StartsWith("ContainerPS.Native/Shim/", StringComparison.Ordinal) || SharedWithTheShim.Contains(path),
            classLibrary: false
        );
        SourceProject native = Compile(
            "Native",
            path =>
                path.StartsWith("ContainerPS.Native/", StringComparison.Ordinal)
                && !path.StartsWith("ContainerPS.Native/Shim/", StringComparison.Ordinal)
        );
        SourceProject engine = Compile("Engine", path => path.StartsWith("ContainerPS/Engine/", StringComparison.Ordinal), native);
        return
        [
            shim,
            native,
            engine,
            Compile("Commands", path => path.StartsWith("ContainerPS/Commands/", StringComparison.Ordinal), native, engine),
            Compile("Cli", path => path.StartsWith("ContainerPS/Cli/", StringComparison.Ordinal), native, engine),
            Compile("samples", path => path.StartsWith("samples/", StringComparison.Ordinal), native, engine),
        ];
    }

    private static SourceProject Compile(string name, Func<string, bool> belongs, params SourceProject[] references) =>
        Compile(name, belongs, classLibrary: true, references);

    private static SourceProject Compile(string name, Func<string, bool> belongs, bool classLibrary, params SourceProject[] references)
    {
        var options = new CSharpParseOptions(LanguageVersion.CSharp14, DocumentationMode.None, preprocessorSymbols: ["NET", "NET10_0"]);
        IEnumerable<SyntaxTree> trees = SourceTree
            .Files.Where(file => belongs(file.Path))
            .AsParallel()
            .AsOrdered()
            .Select(file => CSharpSyntaxTree.ParseText(file.Text, options, file.Path));
        if (classLibrary)
        {
            trees = trees.Append(CSharpSyntaxTree.ParseText(ImplicitUsings, options));
        }

        var compilation = CSharpCompilation.Create(
            name,
            trees,
            [.. classLibrary ? Framework() : [], .. references.Select(project => project.Compilation.ToMetadataReference())],
            new CSharpCompilationOptions(
                name is "Cli" or "samples" ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary,
                allowUnsafe: true,
                nullableContextOptions: classLibrary ? NullableContextOptions.Enable : NullableContextOptions.Disable
            )
        );
        // A shared file is judged where it lies.
        Func<string, bool> isOwn = classLibrary ? belongs : path => path.StartsWith("ContainerPS.Native/Shim/", StringComparison.Ordinal);
        return new SourceProject(name, classLibrary ? Generate(compilation, options) : compilation, options, isOwn);
    }

    private static CSharpCompilation Generate(CSharpCompilation compilation, CSharpParseOptions options)
    {
        ISourceGenerator[] generators =
        [
            .. GeneratorPaths().SelectMany(path => new AnalyzerFileReference(path, new Loader()).GetGenerators(LanguageNames.CSharp)),
        ];
        Assert.NotEmpty(generators);
        CSharpGeneratorDriver
            .Create(generators, parseOptions: options)
            .RunGeneratorsAndUpdateCompilation(compilation, out Compilation generated, out _);
        return (CSharpCompilation)generated;
    }

    private static IEnumerable<MetadataReference> Framework() =>
        ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(':')
            .Where(path => !Path.GetFileName(path).StartsWith("ContainerPS", StringComparison.Ordinal))
            .Select(path => MetadataReference.CreateFromFile(path));

    private static string[] GeneratorPaths() =>
        Assembly
            .GetExecutingAssembly()
            .GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(attribute => attribute.Key == "Generators")
            .Value!.Split(';');

    private static HashSet<string> FindSharedWithTheShim()
    {
        const string folder = "ContainerPS.Native/Shim";
        string[] patterns =
        [
            .. XDocument
                .Load(Path.Combine(SourceTree.Root, folder, "ContainerPS.Shim.csproj"))
                .Descendants("Compile")
                .Select(item => Path.GetFullPath(Path.Combine(SourceTree.Root, folder, item.Attribute("Include")!.Value))),
        ];
        return
        [
            .. patterns
                .SelectMany(pattern => Directory.EnumerateFiles(Path.GetDirectoryName(pattern)!, Path.GetFileName(pattern)))
                .Select(path => Path.GetRelativePath(SourceTree.Root, path)),
        ];
    }

    private sealed class Loader : IAnalyzerAssemblyLoader
    {
        public void AddDependencyLocation(string fullPath) { }

        public Assembly LoadFromPath(string fullPath) => Assembly.LoadFrom(fullPath);
    }
}
