using System.IO.Compression;

namespace ContainerPS.Engine.Layers;

/// <summary>How a layer or archive is compressed. Told by its first bytes: media types are often wrong, magic numbers never.</summary>
public enum Compression
{
    None,
    Gzip,
    Zstd,
}

/// <summary>Recognises and opens compressed streams.</summary>
public static class CompressionFormat
{
    private const int MagicLength = 6;

    public static Compression Recognise(ReadOnlySpan<byte> start) =>
        start.StartsWith((ReadOnlySpan<byte>)[0x1f, 0x8b, 0x08]) ? Compression.Gzip
        : start.StartsWith((ReadOnlySpan<byte>)[0x28, 0xb5, 0x2f, 0xfd]) || IsSkippableFrame(start) ? Compression.Zstd
        : start.StartsWith("BZh"u8) ? throw Unsupported("bzip2")
        : start.StartsWith((ReadOnlySpan<byte>)[0xfd, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0]) ? throw Unsupported("xz")
        : Compression.None;

    /// <summary>Of a stream that can seek; it stands at its beginning again afterwards.</summary>
    public static Compression Recognise(Stream source)
    {
        Span<byte> start = stackalloc byte[MagicLength];
        int got = source.ReadAtLeast(start, MagicLength, throwOnEndOfStream: false);
        source.Seek(-got, SeekOrigin.Current);
        return Recognise(start[..got]);
    }

    /// <summary>The plain content of a stream, which it owns from then on.</summary>
    public static Stream Decompress(Stream source, Compression compression) =>
        compression switch
        {
            Compression.Gzip => new GZipStream(new BufferedStream(source, 256 * 1024), CompressionMode.Decompress),
            Compression.Zstd => new ZstdStream(source),
            _ => source,
        };

    public static string MediaType(Compression compression) =>
        compression switch
        {
            Compression.Gzip => "application/vnd.oci.image.layer.v1.tar+gzip",
            Compression.Zstd => "application/vnd.oci.image.layer.v1.tar+zstd",
            _ => "application/vnd.oci.image.layer.v1.tar",
        };

    // zstd:chunked and pzstd begin with a skippable frame (zstd format, "Skippable Frames": 0x184D2A50 to 5F, little endian).
    private static bool IsSkippableFrame(ReadOnlySpan<byte> start) =>
        start.Length >= 4 && (start[0] & 0xf0) == 0x50 && start[1..4].SequenceEqual((ReadOnlySpan<byte>)[0x2a, 0x4d, 0x18]);

    private static EngineException Unsupported(string name) =>
        new(
            ErrorIds.ImageInvalid,
            EngineErrorKind.InvalidData,
            $"The archive is compressed by {name}; plain, gzip and zstd are read.",
            null,
            $"Decompress it first ({(name == "xz" ? "xz" : "bzip2")} -d)."
        );
}
