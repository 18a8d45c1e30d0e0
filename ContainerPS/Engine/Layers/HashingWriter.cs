using System.Security.Cryptography;
using ContainerPS.Engine.Common;

namespace ContainerPS.Engine.Layers;

/// <summary>Passes on what is written and computes the digest of it on the way.</summary>
/// <param name="target">Not owned.</param>
internal sealed class HashingWriter(Stream target) : Stream
{
    private const int BufferSize = 256 * 1024;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _buffer = new byte[BufferSize];
    private int _used;
    private Digest _digest;

    public long Count { get; private set; }

    /// <summary>Of all that was written; nothing can be written any more once it was asked for.</summary>
    public Digest Digest
    {
        get
        {
            Flush();
            return _digest.IsEmpty ? _digest = Digest.FromHash(_hash.GetHashAndReset()) : _digest;
        }
    }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => Count;

    public override long Position
    {
        get => Count;
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        Count += buffer.Length;
        // Headers are small and many: hash and target see them in large pieces.
        if (buffer.Length > _buffer.Length - _used)
        {
            Empty();
        }

        if (buffer.Length >= _buffer.Length)
        {
            Pass(buffer);
            return;
        }

        buffer.CopyTo(_buffer.AsSpan(_used));
        _used += buffer.Length;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
        Empty();
        target.Flush();
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _hash.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Empty()
    {
        Pass(_buffer.AsSpan(0, _used));
        _used = 0;
    }

    private void Pass(ReadOnlySpan<byte> data)
    {
        if (data.Length == 0)
        {
            return;
        }

        _hash.AppendData(data);
        target.Write(data);
    }
}
