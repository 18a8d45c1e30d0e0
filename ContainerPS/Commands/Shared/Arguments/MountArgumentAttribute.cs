using System.Globalization;
using System.Management.Automation;

namespace ContainerPS.Commands;

/// <summary>
/// Mounts: Docker's <c>source:destination[:ro]</c>, its <c>type=bind,src=…,dst=…,ro</c>, or a hashtable. A relative source is relative to
/// the current location of PowerShell, which is not that of the process.
/// </summary>
public sealed class MountArgumentAttribute : ListArgumentAttribute<Mount>
{
    private static readonly string[] Keys = ["Type", "Source", "Destination", "ReadOnly", "Propagation", "TmpfsSize", "TmpfsMode"];

    /// <inheritdoc/>
    protected override IEnumerable<Mount> Convert(EngineIntrinsics engine, object? element)
    {
        ArgumentNullException.ThrowIfNull(engine);
        IReadOnlyDictionary<string, object?> fields = Argument.Unwrap(element) switch
        {
            string text when IsOptionList(text) => Options(text),
            // As a mount shows itself.
            string text when text.StartsWith("tmpfs:/", StringComparison.Ordinal) => Tmpfs(text),
            string text => Colons(text),
            _ => Argument.Members(element)
                ?? throw new FormatException(
                    $"'{Argument.Text(element)}' is not a mount. Write source:destination[:ro], type=bind,src=…,dst=…, or a hashtable."
                ),
        };
        Mount mount = MountFields.Read(Canonical(fields));
        return [mount.Source is null ? mount : mount with { Source = HostPath(engine, mount.Source) }];
    }

    private static bool IsOptionList(string text) =>
        text.Split(',').Any(p => p.Contains('=', StringComparison.Ordinal)) && !text.StartsWith('/');

    private static Dictionary<string, object?> Colons(string text)
    {
        string[] parts = text.Split(':');
        if (parts.Length is < 2 or > 3 || parts.Any(p => p.Length == 0))
        {
            throw new FormatException($"'{text}' is not a mount. Write source:destination, or source:destination:ro.");
        }

        var fields = new Dictionary<string, object?> { ["Source"] = parts[0], ["Destination"] = parts[1] };
        foreach (string option in parts.Length == 3 ? parts[2].Split(',') : [])
        {
            Flag(fields, text, option);
        }

        return fields;
    }

    private static void Flag(Dictionary<string, object?> fields, string text, string option)
    {
        if (option is "ro" or "rw")
        {
            fields["ReadOnly"] = option == "ro";
        }
        else if (Enum.TryParse<MountPropagation>(option, ignoreCase: true, out _))
        {
            fields["Propagation"] = option;
        }
        else
        {
            throw new FormatException(
                $"'{option}' in '{text}' is not an option of a mount: ro, rw, rprivate, rslave, rshared, private, slave, shared."
            );
        }
    }

    private static Dictionary<string, object?> Tmpfs(string text)
    {
        Dictionary<string, object?> fields = Colons(text);
        fields.Remove("Source");
        fields["Type"] = nameof(MountType.Tmpfs);
        return fields;
    }

    private static Dictionary<string, object?> Options(string text) =>
        text.Split(',')
            .Select(part => part.Split('=', 2))
            .ToDictionary(pair => pair[0], pair => (object?)(pair.Length == 2 ? pair[1] : "true"), StringComparer.OrdinalIgnoreCase);

    // Docker's short names beside ours.
    private static Dictionary<string, object?> Canonical(IReadOnlyDictionary<string, object?> fields)
    {
        var result = fields.ToDictionary(
            f =>
                f.Key.ToUpperInvariant() switch
                {
                    "SRC" => "Source",
                    "DST" or "TARGET" => "Destination",
                    "RO" => "ReadOnly",
                    "BIND-PROPAGATION" => "Propagation",
                    "TMPFS-SIZE" => "TmpfsSize",
                    "TMPFS-MODE" => "TmpfsMode",
                    _ => f.Key,
                },
            f => f.Value,
            StringComparer.OrdinalIgnoreCase
        );
        RefuseUnknown("a mount", result, Keys);
        return result;
    }

    private static string HostPath(EngineIntrinsics engine, string source)
    {
        string path = engine.SessionState.Path.GetUnresolvedProviderPathFromPSPath(source, out ProviderInfo? provider, out _);
        return provider.Name == "FileSystem" ? path : throw new FormatException($"'{source}' is not a path of the file system.");
    }

    /// <summary>The fields of a mount once their names are settled.</summary>
    private static class MountFields
    {
        public static Mount Read(Dictionary<string, object?> fields)
        {
            MountType type = fields.TryGetValue("Type", out object? t) ? Named<MountType>(t, "Type") : MountType.Bind;
            return new Mount
            {
                Type = type,
                Source = type == MountType.Bind ? Required(fields, "Source") : null,
                Destination = Required(fields, "Destination"),
                ReadOnly = fields.TryGetValue("ReadOnly", out object? ro) && LanguagePrimitives.IsTrue(ro is string s ? bool.Parse(s) : ro),
                Propagation = fields.TryGetValue("Propagation", out object? p)
                    ? Named<MountPropagation>(p, "Propagation")
                    : MountPropagation.RPrivate,
                TmpfsSize =
                    fields.TryGetValue("TmpfsSize", out object? size) && size is not null
                        ? ByteSize.Parse(Argument.Text(size)).Bytes
                        : null,
                TmpfsMode = fields.TryGetValue("TmpfsMode", out object? mode) && mode is not null ? Mode(mode) : null,
            };
        }

        private static string Required(Dictionary<string, object?> fields, string name) =>
            fields.TryGetValue(name, out object? value) && Argument.Text(value) is { Length: > 0 } text
                ? text
                : throw new FormatException($"A mount needs a {name.ToLowerInvariant()}.");

        private static TEnum Named<TEnum>(object? value, string name)
            where TEnum : struct, Enum =>
            Enum.TryParse<TEnum>(Argument.Text(value), ignoreCase: true, out TEnum result) && Enum.IsDefined(result)
                ? result
                : throw new FormatException(
                    $"'{Argument.Text(value)}' is not a {name.ToLowerInvariant()} of a mount: {string.Join(", ", Enum.GetNames<TEnum>())}."
                );

        // A deserialised mount carries the number, a person writes octal digits.
        private static int Mode(object value)
        {
            if (Argument.Unwrap(value) is int number)
            {
                return number;
            }

            string text = Argument.Text(value);
            return text.Length is > 0 and <= 5 && text.All(c => c is >= '0' and <= '7')
                ? System.Convert.ToInt32(text, 8)
                : throw new FormatException(
                    string.Create(CultureInfo.InvariantCulture, $"'{text}' is not a mode: octal digits, as in chmod.")
                );
        }
    }
}
