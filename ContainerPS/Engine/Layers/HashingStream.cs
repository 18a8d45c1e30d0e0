using System.Security.Cryptography;
using ContainerPS.Engine.Common;

namespace ContainerPS.Engine.Layers;

/// <summary>
/// Passes on what is read and computes the digest of it on the way; optionally writes it somewhere too (one pass over the source).
/// </summary>
/// <param name="source">Owned.</param>
/// <param name="copy">Where to write what was read; not owned.</param>
/// <param name="progress">Told the total after each read.</param>
internal sealed class HashingStream(Stream source, Stream? copy = null, Action<long>? progress = null) : ReadOnlyStream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private Digest _digest;

    /// <summary>Bytes read so far.</summary>
    public long Count { get; private set; }

    /// <summary>Of what was read so far; final once asked for.</summary>
    public Digest Digest => _digest.IsEmpty ? _digest = Digest.FromHash(_hash.GetHashAndReset()) : _digest;

    public override int Read(Span<byte> buffer)
    {
        int got = source.Read(buffer);
        if (got == 0)
        {
            return 0;
        }

        _hash.AppendData(buffer[..got]);
        copy?.Write(buffer[..got]);
        Count += got;
        progress?.Invoke(Count);
        return got;
    }

    /// <summary>Reads what is left, so that the digest is of the whole.</summary>
    public void Drain(CancellationToken cancellation = default)
    {
        byte[] buffer = new byte[64 * 1024];
        while (Read(buffer.AsSpan()) > 0)
        {
            cancellation.ThrowIfCancellationRequested();
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _hash.Dispose();
            source.Dispose();
        }

        base.Dispose(disposing);
    }
}

/// <summary>What every stream of this room has in common: it is read forward, once.</summary>
internal abstract class ReadOnlyStream : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public abstract override int Read(Span<byte> buffer);

    public sealed override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
