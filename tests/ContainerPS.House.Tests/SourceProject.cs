using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace ContainerPS.House.Tests;

/// <summary>
/// A name in a file that means a type of ours or a member of it; a partial type is declared in several files. No type: the compiler does
/// not know the name.
/// </summary>
internal sealed record Use(string Path, string Name, INamedTypeSymbol? Type, IReadOnlyList<string> DeclaredIn);

/// <summary>A project's compilation, and the files that are its own.</summary>
internal sealed record SourceProject(string Name, CSharpCompilation Compilation, CSharpParseOptions Options, Func<string, bool> IsOwn)
{
    /// <summary>Words of the language that the grammar counts as names.</summary>
    private static readonly HashSet<string> Words = ["_", "nameof", "var", "scoped", "unmanaged", "notnull", "global", "nint", "nuint"];

    /// <summary>The same project with one file more, which is its only own one.</summary>
    public SourceProject With(string path, string code) =>
        this with
        {
            Compilation = Compilation.AddSyntaxTrees(CSharpSyntaxTree.ParseText(code, Options, path)),
            IsOwn = file => file == path,
        };

    /// <summary>
    /// What the project's own files name. Only names that <paramref name="matters"/> (path, name) asks for are bound: binding is what takes
    /// the time. What a generator made names what the file that it was made for names.
    /// </summary>
    public IEnumerable<Use> Uses(Func<string, string, bool> matters) =>
        Compilation.SyntaxTrees.Where(tree => IsOwn(tree.FilePath)).AsParallel().SelectMany(tree => UsesIn(tree, matters));

    /// <summary>Each type of the project's own files, with the names by which other files can reach it, and where it is declared.</summary>
    public IEnumerable<(string[] Names, string[] Files)> Declarations() =>
        TypesIn(Compilation.Assembly.GlobalNamespace)
            .Select(type => (type, Files: FilesOf(type).Where(IsOwn).ToArray()))
            .Where(type => type.Files.Length > 0)
            .Select(type => (Names: new[] { type.type.Name }.Concat(type.type.MemberNames).ToArray(), type.Files));

    private List<Use> UsesIn(SyntaxTree tree, Func<string, string, bool> matters)
    {
        SemanticModel model = Compilation.GetSemanticModel(tree);
        SyntaxNode root = tree.GetRoot();
        HashSet<string> aliases =
        [
            .. root.DescendantNodes(node => node is not TypeDeclarationSyntax)
                .OfType<UsingDirectiveSyntax>()
                .Where(directive => directive.Alias is not null)
                .Select(directive => directive.Alias!.Name.Identifier.ValueText),
        ];
        var types = new HashSet<INamedTypeSymbol>(SymbolEqualityComparer.Default);
        var uses = new List<Use>();
        foreach (SimpleNameSyntax name in root.DescendantNodes().OfType<SimpleNameSyntax>())
        {
            string text = name.Identifier.ValueText;
            if (!aliases.Contains(text) && !matters(tree.FilePath, text) && !matters(tree.FilePath, text + "Attribute"))
            {
                continue;
            }

            SymbolInfo info = model.GetSymbolInfo(name);
            ISymbol[] symbols = info.Symbol is { } one ? [one] : [.. info.CandidateSymbols];
            foreach (ISymbol symbol in symbols)
            {
                if ((symbol as INamedTypeSymbol ?? symbol.ContainingType)?.OriginalDefinition is { } type && types.Add(type))
                {
                    uses.Add(new Use(tree.FilePath, text, type, [.. FilesOf(type)]));
                }
            }

            if (symbols.Length == 0 && !IsNoReference(name) && model.GetTypeInfo(name).Type is null or IErrorTypeSymbol)
            {
                uses.Add(new Use(tree.FilePath, text, null, []));
            }
        }

        return uses;
    }

    /// <summary>
    /// Words of the language, the name that an alias gets, and the size of a fixed buffer, which the model does not explain.
    /// </summary>
    private static bool IsNoReference(SimpleNameSyntax name) =>
        Words.Contains(name.Identifier.ValueText)
        || name.Parent is NameEqualsSyntax { Parent: UsingDirectiveSyntax }
        || (name.FirstAncestorOrSelf<FieldDeclarationSyntax>() is { } field && field.Modifiers.Any(SyntaxKind.FixedKeyword));

    private static IEnumerable<INamedTypeSymbol> TypesIn(INamespaceOrTypeSymbol container) =>
        container
            .GetMembers()
            .OfType<INamespaceOrTypeSymbol>()
            .SelectMany(member => member is INamedTypeSymbol type ? TypesIn(type).Prepend(type) : TypesIn(member));

    private static IEnumerable<string> FilesOf(INamedTypeSymbol type) =>
        type.DeclaringSyntaxReferences.Select(reference => reference.SyntaxTree.FilePath).Where(SourceTree.IsSource).Distinct();
}
