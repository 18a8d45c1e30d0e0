using System.Text.Json;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Common;

/// <summary>Opens files that others made. An open of a FIFO waits for a writer, for ever, and that of a device may act.</summary>
internal static class RegularFile
{
    /// <summary>Why the path is nothing to be read: "a FIFO"; null for a regular file and where there is none.</summary>
    public static string? KindOf(string path) =>
        Files.TryStatusAt(FileDescriptor.CurrentDirectory, path, out FileStatus status, followSymlink: true) ? KindOf(status) : null;

    /// <summary>Opens a regular file to be read from beginning to end.</summary>
    /// <exception cref="InvalidDataException">It is something else: the message is "a FIFO" and its like.</exception>
    public static FileStream Open(string path)
    {
        if (KindOf(path) is { } kind)
        {
            throw new InvalidDataException(kind);
        }

        // O_NONBLOCK: something else may have taken the file's place since.
        using FileDescriptor file = Files.Open(path, Posix.O_RDONLY | Posix.O_NONBLOCK);
        if (KindOf(Files.Status(file)) is { } found)
        {
            throw new InvalidDataException(found);
        }

        return new FileStream(file.ToSafeFileHandle(), FileAccess.Read, 1);
    }

    /// <summary>
    /// As <see cref="Open"/>, for a file that the engine itself wrote: never by a symbolic link. Null where there is none.
    /// </summary>
    /// <exception cref="InvalidDataException">It is something else: the message is "a FIFO" and its like.</exception>
    public static FileDescriptor? TryOpenOwn(string path)
    {
        if (!Files.TryStatusAt(FileDescriptor.CurrentDirectory, path, out FileStatus named))
        {
            return null;
        }

        if (KindOf(named) is { } kind)
        {
            throw new InvalidDataException(kind);
        }

        FileDescriptor? file = Files.TryOpenAt(FileDescriptor.CurrentDirectory, path, Posix.O_RDONLY | Posix.O_NONBLOCK | Posix.O_NOFOLLOW);
        if (file is not null && KindOf(Files.Status(file)) is { } found)
        {
            file.Dispose();
            throw new InvalidDataException(found);
        }

        return file;
    }

    /// <summary>The content of a file that the engine itself wrote; null where there is none.</summary>
    /// <exception cref="InvalidDataException">It is something else: the message is "a FIFO" and its like.</exception>
    public static byte[]? TryReadOwn(string path)
    {
        using FileDescriptor? file = TryOpenOwn(path);
        return file?.ReadToEnd();
    }

    /// <summary>As <see cref="TryReadOwn"/>, for JSON: something else in the document's place is damage like any other.</summary>
    public static byte[]? TryReadDocument(string path)
    {
        try
        {
            return TryReadOwn(path);
        }
        catch (InvalidDataException other)
        {
            throw new JsonException($"{other.Message} is in its place", other);
        }
    }

    /// <summary>As <see cref="Open"/>, for a path that the user gave.</summary>
    /// <exception cref="EngineException"><see cref="ErrorIds.PathNotFound"/>.</exception>
    public static FileStream OpenGiven(string path)
    {
        try
        {
            return Open(path);
        }
        catch (InvalidDataException failure)
        {
            throw new EngineException(
                ErrorIds.PathNotFound,
                EngineErrorKind.InvalidArgument,
                $"'{path}' is {failure.Message}, not a file.",
                path,
                "Write the archive to a file first.",
                failure
            );
        }
    }

    private static string? KindOf(in FileStatus status) =>
        status switch
        {
            { IsRegular: true } => null,
            { IsDirectory: true } => "a directory",
            { IsFifo: true } => "a FIFO",
            { IsSocket: true } => "a socket",
            { IsSymlink: true } => "a symbolic link",
            _ => "a device",
        };
}
