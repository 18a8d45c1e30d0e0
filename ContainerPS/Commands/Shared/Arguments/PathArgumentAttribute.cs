using System.Management.Automation;

namespace ContainerPS.Commands;

/// <summary>
/// Paths of the host, with wildcards, or files and directories as objects. Other objects are refused: their ToString is no path.
/// </summary>
public sealed class PathArgumentAttribute : ListArgumentAttribute<string>
{
    /// <inheritdoc/>
    protected override IEnumerable<string> Convert(EngineIntrinsics engine, object? element) =>
        Argument.Unwrap(element) switch
        {
            FileSystemInfo file => [WildcardPattern.Escape(file.FullName)],
            PathInfo path => [WildcardPattern.Escape(path.ProviderPath)],
            { } other => throw new FormatException($"A {other.GetType().FullName} is not a path."),
            null => throw new FormatException("A path cannot be null."),
        };
}
