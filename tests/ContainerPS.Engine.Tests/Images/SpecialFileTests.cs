using ContainerPS.Engine.Images;
using ContainerPS.Engine.Tests.Layers;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Tests.Images;

/// <summary>
/// A FIFO or device where a file should be is refused at once: an open of a FIFO waits for a writer, and nothing ends it.
/// </summary>
public sealed class SpecialFileTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public SpecialFileTests() => Skip.IfNot(HostFacts.IsRoot, "owners, devices and trusted attributes need root");

    public void Dispose() => _scratch.Dispose();

    [SkippableTheory]
    [InlineData("manifest.json")]
    [InlineData("index.json")]
    [InlineData("blob")]
    public async Task A_fifo_in_an_image_directory_does_not_hold_the_import_up(string where)
    {
        string layout = Directory.CreateDirectory(_scratch.In("layout")).FullName;
        if (where == "manifest.json")
        {
            Files.MakeFifo(Path.Combine(layout, where), Modes.Mode0600);
        }
        else
        {
            new TestLayout(layout).AddImage([new TestTar().File("a", "x").End()], "v1").Write();
            string path =
                where == "blob" ? Directory.GetFiles(Path.Combine(layout, "blobs", "sha256"))[0] : Path.Combine(layout, "index.json");
            File.Delete(path);
            Files.MakeFifo(path, Modes.Mode0600);
        }

        EngineException failure = await Fails(store => store.Import(layout));
        Assert.Equal(ErrorIds.ImageInvalid, failure.ErrorId);
        Assert.Empty(_scratch.LeftOvers());
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_fifo_as_archive_is_refused(bool import)
    {
        string fifo = _scratch.In("archive.tar");
        Files.MakeFifo(fifo, Modes.Mode0600);
        EngineException failure = await Fails(store => import ? store.Import(fifo) : store.FromRootFs(fifo, ImageReference.Parse("a")));
        Assert.Equal(ErrorIds.PathNotFound, failure.ErrorId);
        Assert.Contains("FIFO", failure.Message, StringComparison.Ordinal);
        Assert.Empty(_scratch.LeftOvers());
    }

    private async Task<EngineException> Fails(Func<ImageStore, object> work)
    {
        var store = new ImageStore(_scratch.Store);
        Task<EngineException> task = Task.Factory.StartNew(
            () => Assert.ThrowsAny<EngineException>(() => work(store)),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );
        return await task.WaitAsync(TimeSpan.FromSeconds(20));
    }
}
