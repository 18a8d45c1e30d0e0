using System.Buffers;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Containers.Attach;

/// <summary>
/// Reads standard output and standard error of one process side by side, in the order in which they become readable, on the caller's
/// thread. Without a process it ends when both streams have; with one also when that process has ended and nothing more is there to be
/// read: a daemon that it left behind may hold the streams open for good.
/// </summary>
/// <param name="stdout">Null when there is none.</param>
/// <param name="stderr">Null when there is none.</param>
/// <param name="process">Whose end ends the reading; null for the streams' own end.</param>
/// <param name="hasEnded">That process had ended, and was reaped, before a descriptor of it could be had.</param>
internal sealed class OutputPump(FileStream? stdout, FileStream? stderr, Pidfd? process, bool hasEnded = false)
{
    private const int BufferSize = 64 * 1024;

    /// <summary>How long a cancellation may go unseen.</summary>
    private const int SliceMilliseconds = 100;

    private readonly FileStream?[] _streams = [stdout, stderr];

    public void Run(OutputHandler handler, CancellationToken cancellation)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            while (_streams[0] is not null || _streams[1] is not null)
            {
                cancellation.ThrowIfCancellationRequested();
                uint ready = hasEnded ? 4 : Files.PollForInput([Number(0), Number(1), process?.Descriptor.Number ?? -1], SliceMilliseconds);
                // The streams are asked again when the process has ended: it may have written just before.
                if (ready == 4)
                {
                    ready = Files.PollForInput([Number(0), Number(1)], 0) | 4;
                }

                if (ready == 4)
                {
                    return;
                }

                for (int i = 0; i < 2; i++)
                {
                    if ((ready >> i & 1) != 0)
                    {
                        ReadOne(i, buffer, handler);
                    }
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private int Number(int index) => _streams[index] is { } stream ? (int)stream.SafeFileHandle.DangerousGetHandle() : -1;

    private void ReadOne(int index, byte[] buffer, OutputHandler handler)
    {
        int length = _streams[index]!.Read(buffer);
        if (length == 0)
        {
            _streams[index] = null;
        }
        else
        {
            handler(new OutputChunk(index == 0 ? ContainerStream.Stdout : ContainerStream.Stderr, buffer.AsSpan(0, length)));
        }
    }
}
