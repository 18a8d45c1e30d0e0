using ContainerPS.Engine.Images;
using ContainerPS.Engine.Tests.Layers;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Tests.Images;

/// <summary>Several at once on one store. Locks belong to open files, so threads with stores of their own meet as processes do.</summary>
public sealed class ConcurrencyTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public ConcurrencyTests() => Skip.IfNot(HostFacts.IsRoot, "owners, devices and trusted attributes need root");

    public void Dispose() => _scratch.Dispose();

    [SkippableFact]
    public async Task Importing_preparing_and_removing_the_same_layers_at_once_harms_nobody()
    {
        string one = new TestLayout(_scratch.In("one")).AddImage([Layer("shared"), Layer("one")], "v1").Write();
        string two = new TestLayout(_scratch.In("two")).AddImage([Layer("shared"), Layer("two")], "v1").Write();
        var clock = System.Diagnostics.Stopwatch.StartNew();
        int prepared = 0;
        await Task.WhenAll(
            Repeat(store => store.Import(one)),
            Repeat(store => store.Import(two)),
            Repeat(store => Remove(store, "one:v1")),
            Repeat(store => Remove(store, "two:v1")),
            Repeat(store => Interlocked.Add(ref prepared, Prepare(store, "one:v1"))),
            Repeat(store => Interlocked.Add(ref prepared, Prepare(store, "two:v1")))
        );

        var last = new ImageStore(_scratch.Store);
        foreach (string path in (string[])[one, two])
        {
            Assert.All(Assert.Single(last.Import(path)).Layers, layer => Assert.Equal(50, Directory.GetFiles(layer.Path!).Length));
        }

        Assert.True(prepared > 0);
        Assert.Empty(_scratch.LeftOvers());

        Task Repeat(Action<ImageStore> work) =>
            Task.Factory.StartNew(
                () =>
                {
                    var store = new ImageStore(_scratch.Store);
                    // A busy machine may need longer until anybody found an image there to prepare.
                    while (clock.Elapsed.TotalSeconds < 4 || (Volatile.Read(ref prepared) == 0 && clock.Elapsed.TotalSeconds < 60))
                    {
                        work(store);
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

    private static void Remove(ImageStore store, string name)
    {
        Thread.Sleep(50);
        if (!store.TryGet(name, out Image? image))
        {
            return;
        }

        try
        {
            store.Remove(image, _ => []);
        }
        catch (ContainerObjectNotFoundException)
        {
            // Another remover was first.
            Thread.Yield();
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
