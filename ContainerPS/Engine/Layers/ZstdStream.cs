using System.Buffers;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Layers;

/// <summary>Reads zstd, frame after frame, by the system's libzstd.</summary>
internal sealed class ZstdStream : ReadOnlyStream
{
    private const int InputSize = 256 * 1024;

    private readonly Stream _source;
    private readonly ZstdDecoder _decoder;
    private byte[] _input = ArrayPool<byte>.Shared.Rent(InputSize);
    private int _start;
    private int _end;
    private bool _inFrame;

    /// <param name="source">Owned.</param>
    public ZstdStream(Stream source)
    {
        _source = source;
        try
        {
            _decoder = ZstdDecoder.Open();
        }
        catch (DllNotFoundException failure)
        {
            throw new EngineException(
                ErrorIds.EngineFailure,
                EngineErrorKind.NotEnabled,
                "The layer is compressed by zstd, and libzstd is not on this machine.",
                "libzstd.so.1",
                "Install it (Debian: apt-get install libzstd1) or take the image with gzip layers.",
                failure
            );
        }
    }

    public override int Read(Span<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            if (_start == _end)
            {
                Refill();
            }
            // Without new input too: output may still wait inside of the decoder.
            (int consumed, int produced, bool frameEnded) = Decode(buffer);
            _start += consumed;
            if (consumed > 0 || produced > 0)
            {
                _inFrame = !frameEnded;
            }

            if (produced > 0)
            {
                return produced;
            }

            if (consumed == 0 && _end == 0)
            {
                return _inFrame ? throw new InvalidDataException("the zstd stream ends in the middle of a frame") : 0;
            }
        }

        return 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && _input.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_input);
            _input = [];
            _decoder.Dispose();
            _source.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Refill()
    {
        _start = 0;
        _end = _source.Read(_input, 0, InputSize);
    }

    private (int Consumed, int Produced, bool FrameEnded) Decode(Span<byte> output) =>
        _decoder.Decode(_input.AsSpan(_start, _end - _start), output);
}
