using System.Collections.ObjectModel;
using System.Runtime.ExceptionServices;
using ContainerPS.Engine.Common;
using ContainerPS.Engine.Layers.Tar;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Layers;

public sealed partial class LayerStore
{
    /// <summary>Two cores inflate and write side by side; more than four layers at once only make the disk seek.</summary>
    private static readonly int Parallelism = Math.Clamp(Environment.ProcessorCount, 1, 4);

    /// <summary>One layer on its way from blob to directory.</summary>
    private sealed record UnpackJob(LayerSource Source, PendingLayer Layer)
    {
        public UnpackedLayer? Result { get; set; }
    }

    /// <summary>Layers that are unpacked and verified but not yet visible; disposed unpublished they are deleted.</summary>
    public sealed class PendingLayers : IDisposable
    {
        private readonly LayerStore _store;
        private readonly List<UnpackJob> _jobs = [];

        internal PendingLayers(LayerStore store) => _store = store;

        /// <summary>True when everything was there already.</summary>
        public bool IsEmpty => _jobs.Count == 0;

        /// <summary>Makes them visible, lowest first. All of it is on disk (<see cref="Sync"/>).</summary>
        /// <param name="added">Takes the chain ids of those that were not there.</param>
        public void Publish(List<Digest> added)
        {
            if (IsEmpty)
            {
                return;
            }

            foreach (UnpackJob job in _jobs)
            {
                _store.Publish(job.Layer, job.Source.ChainId, added);
            }

            AtomicFile.SyncDirectory(_store.Store.Layers);
        }

        public void Dispose()
        {
            foreach (UnpackJob job in _jobs)
            {
                job.Layer.Dispose();
            }
        }

        internal void Run(
            IEnumerable<LayerSource> missing,
            StoreLease lease,
            Action<string, long, long>? progress,
            CancellationToken cancellation
        )
        {
            foreach (LayerSource source in missing)
            {
                _jobs.Add(new UnpackJob(source, _store.Begin(lease)));
            }

            UnpackAll(_jobs, progress, cancellation);
            foreach (UnpackJob job in _jobs)
            {
                _store.InheritImplied(_jobs, job);
            }
        }
    }

    /// <summary>
    /// Unpacks the layers that are missing, side by side, each into a directory of its own, and verifies each archive's digest on the way.
    /// Visible they become together, when the caller has synced and publishes them. All or nothing.
    /// </summary>
    /// <param name="layers">Whole chains, lowest first.</param>
    /// <param name="lease">The operation's.</param>
    /// <param name="progress">Bytes of blobs read: layer's name, done, total.</param>
    /// <param name="cancellation">Leaves nothing behind.</param>
    public PendingLayers Unpack(
        IEnumerable<LayerSource> layers,
        StoreLease lease,
        Action<string, long, long>? progress = null,
        CancellationToken cancellation = default
    )
    {
        var pending = new PendingLayers(this);
        try
        {
            pending.Run(layers.DistinctBy(layer => layer.ChainId).Where(layer => !Contains(layer.ChainId)), lease, progress, cancellation);
            return pending;
        }
        catch
        {
            pending.Dispose();
            throw;
        }
    }

    private static void UnpackAll(List<UnpackJob> jobs, Action<string, long, long>? progress, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var options = new ParallelOptions { MaxDegreeOfParallelism = Parallelism };
        try
        {
            Parallel.ForEach(jobs, options, job => job.Result = UnpackOrStop(job.Source, job.Layer, jobs.Count == 1, progress, stop));
        }
        catch (AggregateException failures)
        {
            // The first failure stopped the others: theirs say only that.
            ReadOnlyCollection<Exception> all = failures.Flatten().InnerExceptions;
            ExceptionDispatchInfo.Throw(all.FirstOrDefault(failure => failure is not OperationCanceledException) ?? all[0]);
        }
    }

    private static UnpackedLayer UnpackOrStop(
        LayerSource source,
        PendingLayer layer,
        bool alone,
        Action<string, long, long>? progress,
        CancellationTokenSource stop
    )
    {
        try
        {
            return UnpackOne(source, layer, alone, progress, stop.Token);
        }
        catch
        {
            stop.Cancel();
            throw;
        }
    }

    private static UnpackedLayer UnpackOne(
        LayerSource source,
        PendingLayer layer,
        bool alone,
        Action<string, long, long>? progress,
        CancellationToken cancellation
    )
    {
        Stream blob = source.Open();
        using var counted = new CountingStream(blob, done => progress?.Invoke(source.Name, done, source.Size));
        using var plain = new HashingStream(CompressionFormat.Decompress(counted, CompressionFormat.Recognise(blob)));
        UnpackedLayer result = UnpackStream(plain, layer.Directory, alone, requireEnd: false, source.Name, cancellation);
        if (plain.Digest != source.DiffId)
        {
            throw LayerProblem.DigestMismatch($"The uncompressed layer {source.Name}", source.DiffId.ToString(), plain.Digest.ToString());
        }

        Record(layer, source.ChainId, source.DiffId, plain.Count, result);
        return result;
    }

    /// <summary>Unpacks a plain archive; damage of the compression below it is damage of the layer.</summary>
    internal static UnpackedLayer UnpackStream(
        Stream plain,
        string directory,
        bool readAhead,
        bool requireEnd,
        string name,
        CancellationToken cancellation
    )
    {
        // With one layer the second core inflates ahead; with several each has its own.
        using ReadAheadStream? ahead = readAhead ? new ReadAheadStream(new Unowned(plain)) : null;
        using var reader = new TarReader(ahead ?? plain, requireEnd);
        try
        {
            return LayerUnpacker.Unpack(reader, directory, userAttributes: !HostFacts.IsRoot, cancellation);
        }
        catch (InvalidDataException failure)
        {
            throw LayerProblem.Corrupt($"{name}: {failure.Message}", failure);
        }
    }

    internal static void Record(PendingLayer layer, Digest chainId, Digest diffId, long size, UnpackedLayer result) =>
        new LayerDocument
        {
            ChainId = chainId,
            DiffId = diffId,
            Size = size,
            DiskUsage = size,
            LostAttributes = result.LostAttributes.Count > 0 ? result.LostAttributes : null,
        }.Write(layer.Path);

    /// <summary>Hides the end of its life from the stream below.</summary>
    private sealed class Unowned(Stream source) : ReadOnlyStream
    {
        public override int Read(Span<byte> buffer) => source.Read(buffer);
    }
}

/// <summary>Tells how much was read.</summary>
internal sealed class CountingStream(Stream source, Action<long> progress) : ReadOnlyStream
{
    private long _count;

    public override int Read(Span<byte> buffer)
    {
        int got = source.Read(buffer);
        if (got > 0)
        {
            progress(_count += got);
        }

        return got;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            source.Dispose();
        }

        base.Dispose(disposing);
    }
}
