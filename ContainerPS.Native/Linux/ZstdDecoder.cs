using System.Runtime.InteropServices;

namespace ContainerPS.Native.Linux;

/// <summary>
/// libzstd's streaming decoder, looked up when first needed: most images do not need it, and the machine may not have it.
/// </summary>
public sealed unsafe class ZstdDecoder : IDisposable
{
    private static readonly Lazy<Library> Loaded = new(Library.Load);

    private readonly Library _library;
    private nint _stream;

    private ZstdDecoder(Library library)
    {
        _library = library;
        _stream = library.CreateStream();
        if (_stream == 0)
        {
            throw new InvalidOperationException("ZSTD_createDStream found no memory.");
        }
    }

    /// <exception cref="DllNotFoundException">libzstd.so.1 is not there.</exception>
    public static ZstdDecoder Open() => new(Loaded.Value);

    /// <summary>Takes in some of the input and gives some output; both may be none.</summary>
    /// <exception cref="InvalidDataException">The data is no zstd.</exception>
    public (int Consumed, int Produced, bool FrameEnded) Decode(ReadOnlySpan<byte> input, Span<byte> output)
    {
        fixed (byte* i = input)
        fixed (byte* o = output)
        {
            var inBuffer = new ZstdBuffer { Data = i, Size = (nuint)input.Length };
            var outBuffer = new ZstdBuffer { Data = o, Size = (nuint)output.Length };
            nuint hint = _library.DecompressStream(_stream, &outBuffer, &inBuffer);
            if (_library.IsError(hint) != 0)
            {
                throw new InvalidDataException("the zstd stream is damaged: " + Marshal.PtrToStringUTF8(_library.GetErrorName(hint)));
            }

            return ((int)inBuffer.Position, (int)outBuffer.Position, hint == 0);
        }
    }

    public void Dispose()
    {
        if (_stream == 0)
        {
            return;
        }

        _library.FreeStream(_stream);
        _stream = 0;
    }

    // ZSTD_inBuffer and ZSTD_outBuffer are alike: pointer, size, position (zstd.h).
    private struct ZstdBuffer
    {
        public byte* Data;
        public nuint Size;
        public nuint Position;
    }

    private sealed class Library
    {
        public readonly delegate* unmanaged<nint> CreateStream;
        public readonly delegate* unmanaged<nint, nuint> FreeStream;
        public readonly delegate* unmanaged<nint, ZstdBuffer*, ZstdBuffer*, nuint> DecompressStream;
        public readonly delegate* unmanaged<nuint, uint> IsError;
        public readonly delegate* unmanaged<nuint, nint> GetErrorName;

        private Library(nint handle)
        {
            CreateStream = (delegate* unmanaged<nint>)NativeLibrary.GetExport(handle, "ZSTD_createDStream");
            FreeStream = (delegate* unmanaged<nint, nuint>)NativeLibrary.GetExport(handle, "ZSTD_freeDStream");
            DecompressStream = (delegate* unmanaged<nint, ZstdBuffer*, ZstdBuffer*, nuint>)
                NativeLibrary.GetExport(handle, "ZSTD_decompressStream");
            IsError = (delegate* unmanaged<nuint, uint>)NativeLibrary.GetExport(handle, "ZSTD_isError");
            GetErrorName = (delegate* unmanaged<nuint, nint>)NativeLibrary.GetExport(handle, "ZSTD_getErrorName");
        }

        public static Library Load() => new(NativeLibrary.Load("libzstd.so.1"));
    }
}
