using System.Text;
using System.Text.Json;
using ContainerPS.Engine.Common;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Images;

/// <summary>What one container's record says of images and layers.</summary>
/// <param name="Id">The container's, from the name of its directory.</param>
/// <param name="Name">From the record; the short id where the record does not say it.</param>
/// <param name="Image">Digests of its image; null when the record does not say which image it is.</param>
/// <param name="Digests">Every text in the record that has the form of a digest: its layers are among them.</param>
/// <param name="MissingLayers">Layers by the paths of our own layout that it names and that are not there.</param>
/// <param name="Problem">Why the record may need layers that are not in <paramref name="Digests"/>; null when it does not.</param>
internal sealed record RecordedUse(
    string Id,
    string Name,
    IReadOnlySet<Digest>? Image,
    IReadOnlySet<Digest> Digests,
    IReadOnlyList<Digest> MissingLayers,
    string? Problem
)
{
    /// <summary>Whether the container is made of an image that any of these digests names.</summary>
    public bool Uses(IEnumerable<Digest> image) => image.Any((Image ?? Digests).Contains);
}

/// <summary>
/// What the containers of a store need, read from their records as bytes: also from a damaged record, and from one that a newer version
/// wrote. This room cannot ask the containers themselves (they stand above the images), and must not: what cannot be understood is
/// protected here, not left out.
/// </summary>
/// <remarks>
/// Complete only while nobody can record a container: the caller holds the lock `images-in-use` exclusively.
/// </remarks>
internal static class ContainerUse
{
    private const string RecordName = "container.json";
    private const int DigestLength = 64;

    /// <summary>Of all containers, also of those in the run root.</summary>
    public static IReadOnlyList<RecordedUse> Read(StoreLocation store)
    {
        HashSet<Digest> layers = LayersOf(store);
        string[] places = [store.Containers, Path.Combine(store.RunRoot, "containers")];
        return [.. places.SelectMany(EntriesOf).Select(directory => ReadOne(store, directory, layers)).OfType<RecordedUse>()];
    }

    private static IEnumerable<string> EntriesOf(string place)
    {
        using FileDescriptor? directory = Files.TryOpenAt(FileDescriptor.CurrentDirectory, place, Posix.O_RDONLY | Posix.O_DIRECTORY);
        return directory is null ? [] : [.. Files.ReadDirectory(directory).Select(entry => Path.Combine(place, entry.Name))];
    }

    private static HashSet<Digest> LayersOf(StoreLocation store) =>
        [.. EntriesOf(store.Layers).Select(path => Digest.TryParseHex(Path.GetFileName(path), out Digest id) ? id : default)];

    private static RecordedUse? ReadOne(StoreLocation store, string directory, HashSet<Digest> layers)
    {
        string id = Path.GetFileName(directory);
        string path = Path.Combine(directory, RecordName);
        byte[] content;
        try
        {
            if (!Files.TryStatusAt(FileDescriptor.CurrentDirectory, path, out FileStatus status))
            {
                // The directory is what a create makes first, and the record what it makes last.
                return HasLostItsRecord(store, directory, id) ? Unreadable(id, new HashSet<Digest>(), "it is missing") : null;
            }

            content = status.IsRegular ? Files.ReadAllBytes(path) : throw new LinuxException($"open(\"{path}\")", Posix.EISDIR);
        }
        catch (LinuxException failure)
        {
            return Unreadable(id, new HashSet<Digest>(), failure.Message);
        }

        // A create that was killed leaves an empty record. A container that was started before is something else.
        return content.Length == 0 && !WasStarted(store, id, directory) ? null : Judge(id, content, layers);
    }

    /// <summary>
    /// Whether it has run. Asked of the directory of the store alone: of a container that removes itself the record is in the run root.
    /// </summary>
    private static bool HasLostItsRecord(StoreLocation store, string directory, string id) =>
        directory == Path.Combine(store.Containers, id)
        && !Files.Exists(Path.Combine(store.RunRoot, "containers", id, RecordName))
        && RunTraces.Find(store, id) is not null;

    private static bool WasStarted(StoreLocation store, string id, string directory) =>
        Files.Exists(Path.Combine(directory, "start")) || Files.Exists(Path.Combine(store.RunRoot, "containers", id, "state"));

    private static RecordedUse Judge(string id, byte[] content, HashSet<Digest> layers)
    {
        HashSet<Digest> digests = DigestsIn(content);
        try
        {
            using var document = JsonDocument.Parse(content);
            JsonElement root = document.RootElement;
            if (root.ValueKind is not JsonValueKind.Object)
            {
                return Unreadable(id, digests, "it is not a JSON object");
            }

            string name =
                root.TryGetProperty("name", out JsonElement text) && text.ValueKind is JsonValueKind.String ? text.GetString()! : Short(id);
            var lists = ListsIn(root).ToList();
            List<Digest> missing = [.. lists.SelectMany(LayersIn).Where(layer => !layers.Contains(layer)).Distinct()];
            return new RecordedUse(id, name, ImageOf(root), digests, missing, ProblemOf(lists, missing));
        }
        catch (JsonException failure)
        {
            return Unreadable(id, digests, $"it is damaged: {failure.Message}");
        }
    }

    private static HashSet<Digest>? ImageOf(JsonElement root) =>
        root.TryGetProperty("image", out JsonElement image) && image.ValueKind is JsonValueKind.Object
            ? DigestsIn(Encoding.UTF8.GetBytes(image.GetRawText()))
            : null;

    private static RecordedUse Unreadable(string id, IReadOnlySet<Digest> digests, string problem) =>
        new(id, Short(id), null, digests, [], problem);

    // A layer that is not there may be another one's name with a digit changed: then nobody knows which layer was meant.
    private static string? ProblemOf(List<JsonElement> lists, List<Digest> missing) =>
        lists.Count == 0 ? "it does not say which layers the container has"
        : missing.Count > 0 ? $"it names the layer {missing[0]}, which is not there"
        : null;

    /// <summary>The layers that a list names by paths of our own layout: <c>…/layers/DIGITS/fs</c>.</summary>
    private static IEnumerable<Digest> LayersIn(JsonElement list) =>
        list.EnumerateArray()
            .Where(item => item.ValueKind is JsonValueKind.String)
            .Select(item => item.GetString()!)
            .Where(path => path.EndsWith("/fs", StringComparison.Ordinal))
            .Select(path => Digest.TryParseHex(Path.GetFileName(Path.GetDirectoryName(path)), out Digest layer) ? layer : default)
            .Where(layer => !layer.IsEmpty);

    /// <summary>Arrays of the name "lowerDirs", wherever a newer version may have put them.</summary>
    private static IEnumerable<JsonElement> ListsIn(JsonElement element) =>
        element.ValueKind switch
        {
            JsonValueKind.Object => element
                .EnumerateObject()
                .SelectMany(member =>
                    member.Value.ValueKind is JsonValueKind.Array && member.NameEquals("lowerDirs") ? [member.Value] : ListsIn(member.Value)
                ),
            JsonValueKind.Array => element.EnumerateArray().SelectMany(ListsIn),
            _ => [],
        };

    /// <summary>Every run of exactly 64 lower-case hexadecimal digits.</summary>
    private static HashSet<Digest> DigestsIn(ReadOnlySpan<byte> content)
    {
        var found = new HashSet<Digest>();
        int start = 0;
        for (int i = 0; i <= content.Length; i++)
        {
            if (i < content.Length && content[i] is (>= (byte)'0' and <= (byte)'9') or (>= (byte)'a' and <= (byte)'f'))
            {
                continue;
            }

            if (i - start == DigestLength && Digest.TryParseHex(Encoding.ASCII.GetString(content[start..i]), out Digest digest))
            {
                found.Add(digest);
            }

            start = i + 1;
        }

        return found;
    }

    private static string Short(string id) => id.Length > 12 ? id[..12] : id;
}
