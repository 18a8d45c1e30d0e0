using ContainerPS.Engine;

namespace ContainerPS.Commands;

/// <summary>Makes messages of the chunks of a process's output, on the thread that reads them.</summary>
internal sealed class OutputReader
{
    private readonly StreamOptions _options;
    private readonly Action<OutputMessage> _post;
    private readonly LineDecoder _stdout;
    private readonly LineDecoder _stderr;
    private List<string> _lines = [];

    /// <param name="options">What becomes of the output.</param>
    /// <param name="post">Waits while the pipeline does not take.</param>
    public OutputReader(StreamOptions options, Action<OutputMessage> post)
    {
        _options = options;
        _post = post;
        _stdout = new LineDecoder(line => _lines.Add(line));
        _stderr = new LineDecoder(line => _lines.Add(line));
    }

    public void Add(OutputChunk chunk)
    {
        bool asOutput = chunk.Stream == ContainerStream.Stdout || _options.MergeStderr;
        if (asOutput && _options.OutFile is { } file)
        {
            file.Write(chunk.Data);
        }
        else if (asOutput && _options.AsBytes)
        {
            _post(new OutputMessage(chunk.Stream, Bytes: chunk.Data.ToArray()));
        }
        else
        {
            Decode(chunk.Stream, chunk.Data);
        }
    }

    public void Complete()
    {
        _stdout.Complete();
        PostLines(ContainerStream.Stdout);
        _stderr.Complete();
        PostLines(ContainerStream.Stderr);
        _options.OutFile?.Flush();
    }

    private void Decode(ContainerStream stream, ReadOnlySpan<byte> data)
    {
        (stream == ContainerStream.Stdout ? _stdout : _stderr).Add(data);
        PostLines(stream);
    }

    private void PostLines(ContainerStream stream)
    {
        if (_lines.Count == 0)
        {
            return;
        }

        List<string> lines = _lines;
        _lines = [];
        _post(new OutputMessage(stream, lines));
    }
}
