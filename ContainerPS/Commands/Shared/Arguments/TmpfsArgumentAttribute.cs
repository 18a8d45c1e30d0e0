using System.Management.Automation;

namespace ContainerPS.Commands;

/// <summary>File systems in memory: <c>/run</c>, or with Docker's options <c>/run:size=64m,mode=1777,ro</c>.</summary>
public sealed class TmpfsArgumentAttribute : ListArgumentAttribute<Mount>
{
    private static readonly MountArgumentAttribute Mounts = new();

    /// <inheritdoc/>
    protected override IEnumerable<Mount> Convert(EngineIntrinsics engine, object? element)
    {
        if (Argument.Unwrap(element) is not string text || !text.StartsWith('/'))
        {
            throw new FormatException(
                $"'{Argument.Text(element)}' is not the path of a tmpfs in the container: /run, or /run:size=64m,mode=1777,ro."
            );
        }

        string[] parts = text.Split(':', 2);
        IEnumerable<string> options =
            parts.Length == 1
                ? []
                : parts[1]
                    .Split(',')
                    .Select(o =>
                        o switch
                        {
                            "ro" or "rw" => o == "ro" ? "ro" : "ro=false",
                            _ when o.StartsWith("size=", StringComparison.Ordinal) || o.StartsWith("mode=", StringComparison.Ordinal) =>
                                "tmpfs-" + o,
                            _ => throw new FormatException($"'{o}' is not an option of a tmpfs: size=…, mode=…, ro."),
                        }
                    );
        return (Mount[])Mounts.Transform(engine, string.Join(',', [$"type=tmpfs,dst={parts[0]}", .. options]))!;
    }
}
