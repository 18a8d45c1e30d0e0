using System.Globalization;
using System.Text;
using System.Text.Json;
using ContainerPS.Engine.Common;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Images;

/// <summary>The layout's own files (image-spec image-layout.md): what skopeo, umoci and others read in place.</summary>
internal static class OciLayout
{
    public const string RefName = "org.opencontainers.image.ref.name";
    public const string ContainerdName = "io.containerd.image.name";

    private const int StoreVersion = 1;

    private static readonly byte[] Marker = """{"imageLayoutVersion":"1.0.0"}"""u8.ToArray();

    public static string IndexPath(StoreLocation store) => Path.Combine(store.OciLayout, "index.json");

    public static string VersionPath(StoreLocation store) => Path.Combine(store.Root, "version");

    /// <summary>The layout's own documents: both are made of what we know already.</summary>
    public static IReadOnlyList<string> Documents(StoreLocation store) => [MarkerPath(store), IndexPath(store)];

    /// <summary>Whether a document is there and is JSON.</summary>
    public static bool IsReadable(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(RegularFile.TryReadDocument(path) ?? []);
            return document.RootElement.ValueKind is JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Writes the marker again when it cannot be read. The caller holds the store's lock.</summary>
    public static void RestoreMarker(StoreLocation store)
    {
        if (!IsReadable(MarkerPath(store)))
        {
            AtomicFile.Write(MarkerPath(store), Marker);
        }
    }

    /// <exception cref="ContainerStorageException"><see cref="ErrorIds.StoreCorrupt"/>: made by a newer program.</exception>
    public static void RequireKnownVersion(StoreLocation store) => CheckVersion(VersionPath(store));

    private static string MarkerPath(StoreLocation store) => Path.Combine(store.OciLayout, "oci-layout");

    /// <summary>Makes the directories and the marker of a new store.</summary>
    /// <exception cref="ContainerStorageException"><see cref="ErrorIds.StoreCorrupt"/>: made by a newer program.</exception>
    public static void Ensure(StoreLocation store)
    {
        string version = VersionPath(store);
        if (Files.Exists(version, followSymlink: false))
        {
            CheckVersion(version);
            return;
        }

        Directory.CreateDirectory(Path.Combine(store.OciLayout, "blobs", "sha256"));
        Directory.CreateDirectory(store.Layers);
        AtomicFile.Write(MarkerPath(store), Marker);
        AtomicFile.Write(version, "1\n"u8);
    }

    /// <summary>The published index: names in the annotations that skopeo and umoci, and containerd, look for.</summary>
    public static byte[] Index(IReadOnlyList<RefEntry> images) =>
        JsonSerializer.SerializeToUtf8Bytes(
            new OciManifest
            {
                SchemaVersion = 2,
                MediaType = MediaTypes.OciIndex,
                Manifests = [.. images.Select(Descriptor)],
            },
            OciImageJson.Plain.OciManifest
        );

    /// <summary>What index.json lists; nothing where it cannot be read (a foreign program truncates it and writes it).</summary>
    public static IReadOnlyList<RefEntry> Published(StoreLocation store) => Entries(ReadIndex(store));

    /// <summary>index.json as it is; nothing where there is none, or no file.</summary>
    public static byte[] ReadIndex(StoreLocation store)
    {
        try
        {
            return RegularFile.TryReadOwn(IndexPath(store)) ?? [];
        }
        catch (InvalidDataException)
        {
            return [];
        }
    }

    /// <inheritdoc cref="Published"/>
    public static IReadOnlyList<RefEntry> Entries(byte[] index)
    {
        try
        {
            return index.Length == 0
                ? []
                :
                [
                    .. (JsonSerializer.Deserialize(index, OciImageJson.Default.OciManifest)?.Manifests ?? [])
                        .OfType<OciDescriptor>()
                        .Select(EntryOf)
                        .OfType<RefEntry>(),
                ];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    /// <summary>The entry that a foreign descriptor is for us; null when it is unusable.</summary>
    public static RefEntry? EntryOf(OciDescriptor descriptor)
    {
        // Without a media type nobody can tell what it is, and the list of names could not be read again.
        if (!Digest.TryParse(descriptor.Digest, out Digest digest) || string.IsNullOrEmpty(descriptor.MediaType))
        {
            return null;
        }

        // umoci tag copies all annotations and changes this one only.
        string? text = descriptor.Annotations?.GetValueOrDefault(RefName) ?? descriptor.Annotations?.GetValueOrDefault(ContainerdName);
        return new RefEntry
        {
            Name = ImageReference.TryParse(text, out ImageReference? reference) ? reference.FullName : null,
            Digest = digest,
            MediaType = descriptor.MediaType,
            Size = descriptor.Size,
            ArtifactType = descriptor.ArtifactType,
            Annotations = Foreign(descriptor.Annotations),
            Added = DateTimeOffset.UtcNow,
        };
    }

    /// <summary>
    /// The images with others added: a name that moves leaves its old image dangling, an image that has a name needs no entry without one.
    /// </summary>
    public static IReadOnlyList<RefEntry> Merge(IReadOnlyList<RefEntry> images, IReadOnlyList<RefEntry> added)
    {
        var result = images.ToList();
        foreach (RefEntry entry in added)
        {
            for (int i = 0; entry.Name is not null && i < result.Count; i++)
            {
                if (string.Equals(result[i].Name, entry.Name, StringComparison.Ordinal))
                {
                    result[i] = result[i] with { Name = null };
                }
            }

            result.Add(entry);
        }

        var named = result.Where(entry => entry.Name is not null).Select(entry => entry.Digest).ToHashSet();
        var unnamed = new HashSet<Digest>();
        return [.. result.Where(entry => entry.Name is not null || (!named.Contains(entry.Digest) && unnamed.Add(entry.Digest)))];
    }

    /// <summary>A descriptor's annotations without those that only carry its name.</summary>
    public static Dictionary<string, string>? Foreign(Dictionary<string, string>? annotations)
    {
        var kept = annotations
            ?.Where(pair => pair.Key is not (RefName or ContainerdName))
            .ToDictionary(pair => pair.Key, pair => pair.Value);
        return kept is { Count: > 0 } ? kept : null;
    }

    private static OciDescriptor Descriptor(RefEntry entry)
    {
        var annotations = new Dictionary<string, string>(entry.Annotations ?? []);
        if (entry.Name is { } name)
        {
            annotations[RefName] = annotations[ContainerdName] = name;
        }

        return new OciDescriptor
        {
            MediaType = entry.MediaType,
            Digest = entry.Digest.ToString(),
            Size = entry.Size,
            ArtifactType = entry.ArtifactType,
            Annotations = annotations.Count > 0 ? annotations : null,
        };
    }

    private static void CheckVersion(string path)
    {
        string text = VersionText(path);
        bool isNumber = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int version);
        if (isNumber && version <= StoreVersion)
        {
            return;
        }

        throw isNumber
            ? new ContainerStorageException(
                ErrorIds.StoreCorrupt,
                $"The store has the version '{text}'; this program knows {StoreVersion}.",
                path,
                "Use the newer ContainerPS that made it."
            )
            : new ContainerStorageException(
                ErrorIds.StoreCorrupt,
                $"The store's version '{path}' is damaged: it says '{text}', and a number is expected.",
                path,
                $"Put a file there that says {StoreVersion}, unless a newer ContainerPS has used this store."
            );
    }

    private static string VersionText(string path)
    {
        try
        {
            return Encoding.UTF8.GetString(RegularFile.TryReadOwn(path) ?? []).Trim();
        }
        catch (InvalidDataException other)
        {
            return other.Message;
        }
    }
}
