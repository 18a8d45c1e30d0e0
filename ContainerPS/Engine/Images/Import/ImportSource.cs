using ContainerPS.Engine.Common;
using ContainerPS.Engine.Layers;

namespace ContainerPS.Engine.Images.Import;

/// <summary>Files of what is imported, by their relative names: a directory or an archive.</summary>
internal abstract class ImportSource : IDisposable
{
    /// <summary>For messages: what the user gave.</summary>
    public required string Path { get; init; }

    public abstract bool Contains(string name);

    /// <summary>Opens a file of it; null when there is none.</summary>
    public abstract Stream? TryOpen(string name);

    public virtual void Dispose() { }

    /// <summary>A document, whole, below the cap.</summary>
    /// <exception cref="ContainerStorageException"><see cref="ErrorIds.ImageInvalid"/>.</exception>
    public byte[] ReadDocument(string name)
    {
        using Stream stream = TryOpen(name) ?? throw ImageContent.Invalid($"'{Path}' has no {name}.");
        if (stream.Length > BlobStore.MaximumDocument)
        {
            throw ImageContent.Invalid(
                $"The document {name} of '{Path}' has {stream.Length} bytes; {BlobStore.MaximumDocument} are allowed."
            );
        }

        byte[] content = new byte[stream.Length];
        try
        {
            stream.ReadExactly(content);
        }
        catch (EndOfStreamException failure)
        {
            throw ImageContent.Invalid($"The document {name} of '{Path}' is cut short.", failure);
        }

        return content;
    }

    public static ImportSource Open(string given, BlobStore blobs, StoreLease lease)
    {
        string path = System.IO.Path.GetFullPath(given);
        if (Directory.Exists(path))
        {
            return new DirectorySource { Path = path };
        }

        if (!File.Exists(path))
        {
            throw new EngineException(
                ErrorIds.PathNotFound,
                EngineErrorKind.NotFound,
                $"There is no file and no directory '{given}'.",
                given
            );
        }

        return ArchiveSource.Read(path, blobs, lease);
    }
}

/// <summary>An OCI layout or unpacked docker-archive.</summary>
internal sealed class DirectorySource : ImportSource
{
    public override bool Contains(string name) => File.Exists(System.IO.Path.Combine(Path, name));

    public override Stream? TryOpen(string name)
    {
        string file = System.IO.Path.GetFullPath(System.IO.Path.Combine(Path, name));
        // Names come from documents of others.
        if (!file.StartsWith(Path.TrimEnd('/') + "/", StringComparison.Ordinal) || !File.Exists(file))
        {
            return null;
        }

        try
        {
            return RegularFile.Open(file);
        }
        catch (InvalidDataException failure)
        {
            throw ImageContent.Invalid($"{name} in '{Path}' is {failure.Message}, not a file.", failure);
        }
    }
}
