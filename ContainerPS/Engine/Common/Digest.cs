using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ContainerPS.Engine.Common;

/// <summary>A content digest, <c>sha256:</c> and 64 lower-case hexadecimal characters (image-spec descriptor.md).</summary>
/// <remarks>sha512 is registered in the specification too, but no registry or builder makes it: it is refused by name, not
/// misread.</remarks>
[JsonConverter(typeof(DigestJsonConverter))]
public readonly struct Digest : IEquatable<Digest>, IComparable<Digest>
{
    public const string Prefix = "sha256:";

    private const int HexLength = 64;

    private static readonly SearchValues<char> LowerHex = SearchValues.Create("0123456789abcdef");

    private readonly string? _hex;

    private Digest(string hex) => _hex = hex;

    /// <summary>The 64 characters without the algorithm: the blob's file name.</summary>
    public string Hex => _hex ?? throw new InvalidOperationException("An empty digest has no value.");

    /// <summary>True for <c>default</c>.</summary>
    public bool IsEmpty => _hex is null;

    public static Digest Parse(string text) =>
        TryParse(text, out Digest digest) ? digest : throw new FormatException($"'{text}' is no sha256 digest.");

    public static bool TryParse([NotNullWhen(true)] string? text, out Digest digest)
    {
        digest = default;
        if (text is null || !text.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return false;
        }

        return TryParseHex(text[Prefix.Length..], out digest);
    }

    public static bool TryParseHex([NotNullWhen(true)] string? hex, out Digest digest)
    {
        bool valid = hex is { Length: HexLength } && !hex.AsSpan().ContainsAnyExcept(LowerHex);
        digest = valid ? new Digest(hex!) : default;
        return valid;
    }

    public static Digest Of(ReadOnlySpan<byte> content)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(content, hash);
        return FromHash(hash);
    }

    public static Digest FromHash(ReadOnlySpan<byte> hash) => new(Convert.ToHexStringLower(hash));

    public bool Equals(Digest other) => string.Equals(_hex, other._hex, StringComparison.Ordinal);

    public override bool Equals(object? obj) => obj is Digest other && Equals(other);

    public override int GetHashCode() => _hex is null ? 0 : _hex.GetHashCode(StringComparison.Ordinal);

    public int CompareTo(Digest other) => string.CompareOrdinal(_hex, other._hex);

    public override string ToString() => _hex is null ? "" : Prefix + _hex;

    public static bool operator ==(Digest left, Digest right) => left.Equals(right);

    public static bool operator !=(Digest left, Digest right) => !left.Equals(right);

    public static bool operator <(Digest left, Digest right) => left.CompareTo(right) < 0;

    public static bool operator >(Digest left, Digest right) => left.CompareTo(right) > 0;

    public static bool operator <=(Digest left, Digest right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Digest left, Digest right) => left.CompareTo(right) >= 0;
}

/// <summary>Digests are strings in every document.</summary>
public sealed class DigestJsonConverter : JsonConverter<Digest>
{
    public override Digest Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Digest.TryParse(reader.GetString(), out Digest digest) ? digest : throw new JsonException("A sha256 digest is expected here.");

    public override void Write(Utf8JsonWriter writer, Digest value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());

    public override Digest ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Read(ref reader, typeToConvert, options);

    public override void WriteAsPropertyName(Utf8JsonWriter writer, Digest value, JsonSerializerOptions options) =>
        writer.WritePropertyName(value.ToString());
}
