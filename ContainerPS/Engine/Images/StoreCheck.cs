using ContainerPS.Engine.Common;
using ContainerPS.Engine.Layers;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Images;

/// <summary>
/// Looks at everything that belongs to images, and changes nothing. The caller holds `images-in-use` exclusively and the store's lock: no
/// operation that others have in flight is mistaken for a left-over.
/// </summary>
internal sealed class StoreCheck(StoreLocation store, BlobStore blobs, LayerStore layers)
{
    private const string BringAgain = "Import the image again, or remove it (Remove-Image -Force).";
    private const string Repair = "Repair-ContainerStorage removes it.";

    private static readonly TimeSpan PatienceWithTrash = TimeSpan.FromMinutes(1);

    private readonly List<StorageProblem> _problems = [];

    public IReadOnlyList<StorageProblem> Problems => _problems;

    /// <summary>Null when the list of names could not be read; <see cref="Images"/> are then what was published of it.</summary>
    public RefsDocument? Refs { get; private set; }

    public IReadOnlyList<RefEntry> Images { get; private set; } = [];

    public IReadOnlyList<RecordedUse> Containers { get; private set; } = [];

    /// <summary>Blobs that images name and that are there, each with the image's name: what a deep check hashes.</summary>
    public Dictionary<Digest, string> Named { get; } = [];

    /// <summary>Null until everything could be looked at.</summary>
    public StoreNeeds? Needs { get; private set; }

    /// <summary>Chain ids of layers that containers need and that are not there.</summary>
    public HashSet<Digest> MissingLayers { get; } = [];

    /// <summary>False when the store belongs to a newer version: then nothing in it was looked at.</summary>
    public bool Run()
    {
        if (!CheckVersion())
        {
            return false;
        }

        ReadRefs();
        CheckLayout();
        Containers = ContainerUse.Read(store);
        foreach (RefEntry image in Images)
        {
            CheckImage(image);
        }

        CheckRecordedLayers();
        CheckLayers();
        CheckUnreferenced();
        CheckLeftOvers();
        return true;
    }

    private void Add(StorageProblemKind kind, string target, string message, string remedy, bool canRepair = false) =>
        _problems.Add(new StorageProblem(kind, target, message, remedy, canRepair));

    private bool CheckVersion()
    {
        try
        {
            OciLayout.RequireKnownVersion(store);
            return true;
        }
        catch (ContainerStorageException failure)
        {
            Add(StorageProblemKind.NewerDocument, OciLayout.VersionPath(store), ProblemOf(failure), failure.Remedy!);
            return false;
        }
    }

    private void ReadRefs()
    {
        try
        {
            Refs = RefsDocument.Read(store.RefsFile);
            Images = Refs.Images;
        }
        catch (ContainerStorageException failure)
        {
            AddDocument(store.RefsFile, failure, canRepair: true);
            Images = OciLayout.Published(store);
        }
    }

    /// <param name="path">Of the document.</param>
    /// <param name="failure">Why it cannot be read.</param>
    /// <param name="canRepair">Whether it can be made again when it is damaged; one of a newer version is whole.</param>
    private void AddDocument(string path, ContainerStorageException failure, bool canRepair)
    {
        bool isDamaged = failure.InnerException is System.Text.Json.JsonException;
        Add(
            isDamaged ? StorageProblemKind.DamagedDocument : StorageProblemKind.NewerDocument,
            path,
            ProblemOf(failure),
            failure.Remedy ?? "",
            canRepair && isDamaged
        );
    }

    // The remedy ends the message, and is shown apart here.
    private static string ProblemOf(EngineException failure) =>
        failure.Remedy is { Length: > 0 } remedy && failure.Message.EndsWith(remedy, StringComparison.Ordinal)
            ? failure.Message[..^remedy.Length].TrimEnd()
            : failure.Message;

    private void CheckLayout()
    {
        foreach (string path in OciLayout.Documents(store).Where(path => !OciLayout.IsReadable(path)))
        {
            Add(
                StorageProblemKind.DamagedDocument,
                path,
                $"The document '{path}' of the image layout is missing or damaged.",
                "Repair-ContainerStorage writes it again from the list of image names.",
                canRepair: true
            );
        }
    }

    private void CheckImage(RefEntry image)
    {
        string name = image.Name is { } text ? ImageReference.Parse(text).ToString() : image.Digest.Hex[..12];
        CheckDocument(image.Digest, name, required: true);
    }

    private void CheckDocument(Digest digest, string name, bool required)
    {
        if (!blobs.Contains(digest))
        {
            if (required)
            {
                AddMissing(digest, name);
            }

            return;
        }

        if (!Named.TryAdd(digest, name))
        {
            return;
        }

        OciManifest manifest;
        try
        {
            manifest = ImageContent.ParseManifest(blobs.ReadDocument(digest), digest);
        }
        catch (ContainerStorageException failure)
        {
            AddDamaged(digest, name, ProblemOf(failure));
            return;
        }

        foreach (OciDescriptor child in manifest.Manifests ?? [])
        {
            if (Digest.TryParse(child.Digest, out Digest below))
            {
                CheckDocument(below, name, required: false);
            }
        }

        if (manifest.IsIndex)
        {
            if (!manifest.Manifests!.Any(child => Digest.TryParse(child.Digest, out Digest below) && blobs.Contains(below)))
            {
                Add(
                    StorageProblemKind.MissingBlob,
                    digest.ToString(),
                    $"None of the manifests of the index {digest} of the image '{name}' is in the store.",
                    BringAgain
                );
            }

            return;
        }

        foreach (OciDescriptor part in (manifest.Layers ?? []).Append(manifest.Config!))
        {
            CheckPart(part, name);
        }

        CheckConfig(digest, manifest, name);
    }

    private void CheckPart(OciDescriptor part, string name)
    {
        if (!Digest.TryParse(part.Digest, out Digest digest))
        {
            return;
        }

        if (!blobs.Contains(digest))
        {
            if (!MediaTypes.IsForeignLayer(part.MediaType))
            {
                AddMissing(digest, name);
            }
        }
        else if (!blobs.Contains(digest, part.Size))
        {
            AddDamaged(digest, name, $"The blob {digest} does not have the {part.Size} bytes that its manifest says.");
        }
        else
        {
            Named.TryAdd(digest, name);
        }
    }

    private void CheckConfig(Digest digest, OciManifest manifest, string name)
    {
        try
        {
            _ = ImageContent.Read(blobs.ReadDocument, blobs.Contains, digest);
        }
        catch (ContainerStorageException failure)
        {
            Digest config = Digest.TryParse(manifest.Config!.Digest, out Digest parsed) ? parsed : digest;
            if (!_problems.Any(known => known.Target == config.ToString()))
            {
                AddDamaged(config, name, ProblemOf(failure));
            }
        }
    }

    private void AddMissing(Digest digest, string name) =>
        Add(StorageProblemKind.MissingBlob, digest.ToString(), $"The blob {digest} of the image '{name}' is not in the store.", BringAgain);

    public void AddDamaged(Digest digest, string name, string message) =>
        Add(StorageProblemKind.DamagedBlob, digest.ToString(), $"The image '{name}' is damaged: {message}", BringAgain);

    private void CheckRecordedLayers()
    {
        foreach (RecordedUse container in Containers)
        {
            foreach (Digest layer in container.MissingLayers)
            {
                MissingLayers.Add(layer);
                Add(
                    StorageProblemKind.MissingLayer,
                    layer.ToString(),
                    $"The layer {layer} of the container '{container.Name}' is not there: the container cannot be started.",
                    "Repair-ContainerStorage unpacks it again where its image is still there; else import the image again.",
                    canRepair: true
                );
            }
        }
    }

    private void CheckLayers()
    {
        foreach (Digest layer in layers.List())
        {
            LayerDocument? document = layers.Describe(layer, out ContainerStorageException? problem);
            string directory = Path.GetDirectoryName(layers.DirectoryOf(layer))!;
            string? user = Containers.FirstOrDefault(container => container.Digests.Contains(layer))?.Name;
            if (problem is not null)
            {
                AddDocument(Path.Combine(directory, LayerDocument.FileName), problem, canRepair: user is null);
            }
            else if (document is null || document.ChainId != layer || !Directory.Exists(layers.DirectoryOf(layer)))
            {
                Add(
                    StorageProblemKind.DamagedLayer,
                    layer.ToString(),
                    $"The unpacked layer '{directory}' is not whole: its document or its files are missing.",
                    user is null
                        ? "Repair-ContainerStorage removes it; it is unpacked again when it is needed."
                        : $"It is kept, because the container '{user}' needs it. Remove that container, then repair.",
                    canRepair: user is null
                );
            }
        }
    }

    private void CheckUnreferenced()
    {
        Needs = StoreNeeds.Of(store, blobs, Images, Containers);
        // While the list of names cannot be read, an image may be missing from what was published of it.
        string? held =
            Refs is null ? "the list of image names cannot be read"
            : Needs.MayDeleteLayers ? null
            : "an image or a container cannot be read and may need it";
        string remedy = held is null ? Repair : $"It is kept, because {held}.";
        foreach (Digest layer in layers.List().Where(layer => !Needs.Layers.Contains(layer)))
        {
            Add(
                StorageProblemKind.UnreferencedLayer,
                layer.ToString(),
                $"No image and no container is known to need the layer {layer}.",
                remedy,
                canRepair: held is null
            );
        }

        foreach (Digest blob in blobs.List().Where(blob => !Needs.Blobs.Contains(blob)))
        {
            Add(StorageProblemKind.UnreferencedBlob, blob.ToString(), $"No image is known to need the blob {blob}.", remedy, held is null);
        }
    }

    // Younger ones may be waiting for the thread of a living process. A rename sets the time of change.
    private static bool IsOverdue(string path) =>
        Files.TryStatusAt(FileDescriptor.CurrentDirectory, path, out FileStatus status)
        && status.ChangedNanoseconds < (DateTimeOffset.UtcNow - PatienceWithTrash).ToUnixTimeMilliseconds() * 1_000_000;

    private void CheckLeftOvers()
    {
        (HashSet<string> alive, IReadOnlyList<string> dead) = StoreLease.Look(store);
        foreach (string path in dead.Concat(blobs.LeftOvers(alive)).Concat(layers.LeftOvers(alive)))
        {
            Add(StorageProblemKind.LeftOver, path, $"A process that was killed left '{path}'.", Repair, canRepair: true);
        }

        foreach (string path in StoreTrash.Entries(store).Where(IsOverdue))
        {
            Add(StorageProblemKind.LeftOver, path, $"What was removed from the store is still there: '{path}'.", Repair, canRepair: true);
        }
    }
}
