using System.Collections.Concurrent;
using ContainerPS.Engine;

namespace ContainerPS.Commands;

/// <summary>
/// A process in a container that is part of a pipeline. With input three threads: one reads its output, one feeds its input, and the
/// pipeline thread, the only one that may write objects, takes from a bounded queue. Without input the pipeline thread has nothing to wait
/// for but the output, and reads it itself. A slow pipeline thereby slows the process down and nothing piles up.
/// </summary>
internal sealed class AttachedSession : IDisposable
{
    private const int QueuedChunks = 256;

    private readonly BlockingCollection<OutputMessage>? _queue;
    private readonly CancellationTokenSource _abandoned;
    private readonly AttachedProcess _process;
    private readonly StreamOptions _options;
    private readonly IOutputSink _sink;
    private readonly OutputReader _reader;
    private readonly Thread? _readerThread;
    private readonly StdinFeed? _stdin;
    private readonly List<string> _stdout = [];
    private readonly List<string> _stderr = [];
    private OutputMessage? _end;

    public AttachedSession(AttachedProcess process, StreamOptions options, IOutputSink sink, CancellationToken cancellation)
    {
        _process = process;
        _options = options;
        _sink = sink;
        _abandoned = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        if (process.Stdin is not { } stdin)
        {
            _reader = new OutputReader(options, Take);
            return;
        }

        BlockingCollection<OutputMessage> queue = _queue = new BlockingCollection<OutputMessage>(QueuedChunks);
        _reader = new OutputReader(options, message => queue.Add(message, _abandoned.Token));
        _stdin = new StdinFeed(stdin, Wake);
        _readerThread = new Thread(Read) { IsBackground = true, Name = "containerps-output" };
        _readerThread.Start();
    }

    /// <summary>Gives one object to the process, and writes what output there is meanwhile.</summary>
    public void Feed(object? input)
    {
        if (_end is not null || _queue is null)
        {
            return;
        }

        _stdin?.Add(input);
        while (_end is null && _stdin is { IsFull: true })
        {
            Take(_queue.Take(_abandoned.Token));
        }

        while (_end is null && _queue.TryTake(out OutputMessage? message))
        {
            Take(message);
        }
    }

    /// <summary>Ends the input, writes all output and tells how the process ended.</summary>
    public ExecResult Finish()
    {
        _stdin?.Complete();
        if (_queue is null)
        {
            return Collected(ReadToEnd());
        }

        while (_end is null)
        {
            Take(_queue.Take(_abandoned.Token));
        }

        if (_end.Failure is { } failure)
        {
            throw failure;
        }

        return Collected(_end.Ended!);
    }

    /// <summary>Kills the process when it has not ended: nobody will take its output any more.</summary>
    public void Dispose()
    {
        _abandoned.Cancel();
        _stdin?.Complete();
        _readerThread?.Join();
        _process.Dispose();
        _options.OutFile?.Dispose();
        _abandoned.Dispose();
    }

    private void Take(OutputMessage message)
    {
        if (message.Ended is not null || message.Failure is not null)
        {
            _end = message;
        }
        else if (message.Bytes is not null)
        {
            _sink.Output(message.Bytes);
        }
        else if (message.Lines is not null)
        {
            Write(message.Stream, message.Lines);
        }
    }

    private void Write(ContainerStream stream, IReadOnlyList<string> lines)
    {
        bool toError = stream == ContainerStream.Stderr && !_options.MergeStderr;
        if (_options.AsResult)
        {
            (toError ? _stderr : _stdout).AddRange(lines);
            return;
        }

        foreach (string line in lines)
        {
            if (toError)
            {
                _sink.ErrorLine(line);
            }
            else
            {
                _sink.Output(line);
            }
        }
    }

    private ExecResult Collected(ExecResult ended) => _options.AsResult ? ended with { Stdout = _stdout, Stderr = _stderr } : ended;

    private void Read()
    {
        try
        {
            _queue!.Add(ReadAside(), _abandoned.Token);
        }
        catch (OperationCanceledException) when (_abandoned.IsCancellationRequested)
        {
            // Nobody is at the other end of the queue any more.
        }
    }

    private ExecResult ReadToEnd()
    {
        _process.ReadOutput(_reader.Add, _abandoned.Token);
        _reader.Complete();
        return _process.Wait(_abandoned.Token);
    }

    private OutputMessage ReadAside()
    {
        try
        {
            return new OutputMessage(ContainerStream.Stdout, Ended: ReadToEnd());
        }
        catch (Exception e)
        {
            return new OutputMessage(ContainerStream.Stdout, Failure: e);
        }
    }

    private void Wake()
    {
        // A queue with something in it wakes the pipeline thread all the same.
        _queue!.TryAdd(OutputMessage.Wake);
    }
}
