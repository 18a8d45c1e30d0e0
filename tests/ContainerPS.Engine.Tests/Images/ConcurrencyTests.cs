using ContainerPS.Engine.Images;
using ContainerPS.Engine.Tests.Layers;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Tests.Images;

/// <summary>Several at once on one store. Locks belong to open files, so threads with stores of their own meet as processes do.</summary>
public sealed class ConcurrencyTests : IDisposable
{
    /// <summary>Of each worker; and of those that prepare, that found an image there and prepared it.</summary>
    private const int Rounds = 12,
        Prepared = 4;

    private readonly Scratch _scratch = new();

    public ConcurrencyTests() => Skip.IfNot(HostFacts.IsRoot, "owners, devices and trusted attributes need root");

    public void Dispose() => _scratch.Dispose();

    [SkippableFact]
    public async Task Importing_preparing_and_removing_the_same_layers_at_once_harms_nobody()
    {
        string one = new TestLayout(_scratch.In("one")).AddImage([Layer("shared"), Layer("one")], "v1").Write();
        string two = new TestLayout(_scratch.In("two")).AddImage([Layer("shared"), Layer("two")], "v1").Write();
        (int[] imports, int[] removals, int[] prepared) = ([0, 0], [0, 0], [0, 0]);
        bool isFailed = false;
        await Task.WhenAll(
            Repeat(imports, 0, store => store.Import(one).Count),
            Repeat(imports, 1, store => store.Import(two).Count),
            Repeat(removals, 0, store => Remove(store, "one:v1")),
            Repeat(removals, 1, store => Remove(store, "two:v1")),
            Repeat(prepared, 0, store => Prepare(store, "one:v1")),
            Repeat(prepared, 1, store => Prepare(store, "two:v1"))
        );

        var last = new ImageStore(_scratch.Store);
        foreach (string path in (string[])[one, two])
        {
            Assert.All(Assert.Single(last.Import(path)).Layers, layer => Assert.Equal(50, Directory.GetFiles(layer.Path!).Length));
        }

        Assert.Empty(_scratch.LeftOvers());

        // Rounds that did something count. All go on until all have done enough: nobody works alone at the end.
        bool IsEnough() => imports.Concat(removals).All(count => count >= Rounds) && prepared.All(count => count >= Prepared);
        string Counts() => string.Join(", ", imports.Concat(removals).Concat(prepared));

        Task Repeat(int[] counts, int which, Func<ImageStore, int> work) =>
            Task.Factory.StartNew(
                () =>
                {
                    var store = new ImageStore(_scratch.Store);
                    var clock = System.Diagnostics.Stopwatch.StartNew();
                    while (!IsEnough() && !Volatile.Read(ref isFailed))
                    {
                        try
                        {
                            Interlocked.Add(ref counts[which], work(store));
                            Assert.True(clock.Elapsed < 3 * Eventually.Bound, $"Imports, removals and prepared images so far: {Counts()}.");
                        }
                        catch
                        {
                            Volatile.Write(ref isFailed, true);
                            throw;
                        }
                    }
                },
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default
            );
    }

    private static byte[] Layer(string name)
    {
        var tar = new TestTar();
        for (int i = 0; i < 50; i++)
        {
            tar.File($"{name}{i}", name);
        }

        return tar.End();
    }

    private static int Remove(ImageStore store, string name)
    {
        if (!store.TryGet(name, out Image? image))
        {
            return 0;
        }

        try
        {
            store.Remove(image, _ => []);
            return 1;
        }
        catch (ContainerObjectNotFoundException)
        {
            // Another remover was first.
            return 0;
        }
    }

    private static int Prepare(ImageStore store, string name)
    {
        if (!store.TryGet(name, out Image? image) || image.Problem.Length > 0)
        {
            return 0;
        }

        try
        {
            using MountableRootFs prepared = store.Prepare(image);
            // While it is held nobody takes it away.
            foreach (string? directory in prepared.LowerDirs.Skip(1))
            {
                Assert.Equal(50, Directory.GetFiles(directory).Length);
            }

            return 1;
        }
        catch (ContainerObjectNotFoundException)
        {
            // Removed between getting and preparing.
            return 0;
        }
    }
}
