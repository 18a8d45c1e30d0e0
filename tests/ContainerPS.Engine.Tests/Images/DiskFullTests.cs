using System.Diagnostics;
using ContainerPS.Engine.Common;
using ContainerPS.Engine.Images;
using ContainerPS.Engine.Tests.Common;
using ContainerPS.Engine.Tests.Layers;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Tests.Images;

/// <summary>
/// A disk that becomes full at each write of an operation in turn: with no room at all, with one page, with two, … until it succeeds. A
/// small tmpfs in a mount namespace of its own.
/// </summary>
public sealed class DiskFullTests : IDisposable
{
    private const int Page = 4096;

    private readonly Scratch _scratch = new();

    public DiskFullTests()
    {
        Skip.IfNot(HostFacts.IsRoot, "mounting a tmpfs needs root");
        SmallDisk.Require();
    }

    public void Dispose() => _scratch.Dispose();

    [SkippableTheory]
    [InlineData("import")]
    [InlineData("rootfs")]
    [InlineData("tag")]
    [InlineData("unpack")]
    [InlineData("remove")]
    public void An_operation_on_a_full_disk_leaves_the_store_whole_and_names_the_way_out(string operation)
    {
        string source = _scratch.In("source");
        Directory.CreateDirectory(source);
        if (operation == "rootfs")
        {
            Directory.CreateDirectory(Path.Combine(source, "etc"));
            File.WriteAllBytes(Path.Combine(source, "etc", "data"), new byte[3 * Page]);
            File.WriteAllBytes(Path.Combine(source, "more"), [1, 2, 3]);
        }
        else
        {
            byte[] lower = new TestTar().Directory("d").File("d/a", new string('a', 2 * Page)).File("d/b", "b").End();
            byte[] upper = new TestTar().File("d/.wh.a", "").File("d/c", new string('c', Page)).End();
            new TestLayout(source).AddImage([lower, upper], "v1").Write();
        }

        string mount = Directory.CreateDirectory(_scratch.In("mount")).FullName;
        string said = SmallDisk.Run("8m", mount, CrashHelper.Verb, Path.Combine(mount, "store"), "full", operation, source);
        string? whole = said.Split('\n').SingleOrDefault(line => line.StartsWith("whole after ", StringComparison.Ordinal));
        Assert.True(whole is not null, said);
        // It failed at several different moments before it succeeded.
        Assert.True(int.Parse(whole!.Split(' ')[2], System.Globalization.CultureInfo.InvariantCulture) > 0, said);
    }

    /// <summary>The part in the mount namespace. Ends by an exception where something is not as it should be.</summary>
    internal static void Run(string root, string operation, string source)
    {
        string filler = Path.Combine(Path.GetDirectoryName(root)!, "filler");
        var location = new StoreLocation(root, root + "-run");
        Image kept = MakeKept(location);
        if (operation is "tag" or "remove" or "unpack")
        {
            new ImageStore(location).Import(source);
        }

        int failures = 0;
        for (int pages = 0; ; pages++)
        {
            Prepare(location, operation);
            Fill(filler, pages);
            EngineException? failure = Try(() => Operate(location, operation, source));
            File.Delete(filler);
            RequireWhole(location, kept, pages);
            if (failure is null)
            {
                Console.Out.WriteLine($"whole after {failures} failures");
                return;
            }

            failures++;
            if (failure.ErrorId != ErrorIds.StoreFull || failure.Remedy is null)
            {
                throw new InvalidOperationException($"With {pages} pages: {failure.ErrorId}: {failure.Message}", failure);
            }
        }
    }

    private static Image MakeKept(StoreLocation location)
    {
        string rootfs = Directory.CreateDirectory(location.Root + "-kept").FullName;
        File.WriteAllText(Path.Combine(rootfs, "name"), "kept");
        return new ImageStore(location).FromRootFs(rootfs, ImageReference.Parse("kept"));
    }

    // What an operation is to do once more.
    private static void Prepare(StoreLocation location, string operation)
    {
        if (operation != "unpack")
        {
            return;
        }

        Image image = new ImageStore(location).Get("source:v1");
        foreach (ImageLayer layer in image.Layers.Where(layer => layer.Path is not null))
        {
            TreeRemover.Delete(Path.GetDirectoryName(layer.Path)!);
        }
    }

    private static void Operate(StoreLocation location, string operation, string source)
    {
        var store = new ImageStore(location);
        switch (operation)
        {
            case "import":
                store.Import(source);
                break;
            case "rootfs":
                store.FromRootFs(source, ImageReference.Parse("made"));
                break;
            case "tag":
                store.Tag(store.Get("source:v1"), ImageReference.Parse("again"));
                break;
            case "unpack":
                store.Prepare(store.Get("source:v1")).Dispose();
                break;
            default:
                store.Remove(store.Get("source:v1"), _ => []);
                break;
        }
    }

    private static EngineException? Try(Action work)
    {
        try
        {
            work();
            return null;
        }
        catch (EngineException failure)
        {
            return failure;
        }
    }

    /// <summary>Leaves room for so many pages.</summary>
    private static void Fill(string filler, int pages)
    {
        using FileStream file = new(filler, FileMode.Create, FileAccess.Write, FileShare.None, 0);
        byte[] page = new byte[Page];
        try
        {
            while (true)
            {
                file.Write(page);
            }
        }
        catch (IOException)
        {
            file.SetLength(file.Length - ((long)pages * Page));
        }
    }

    private static void RequireWhole(StoreLocation location, Image kept, int pages)
    {
        Require(ImageStore.WaitForRemovals(TimeSpan.FromSeconds(30)), "the trash is not empty", pages);
        var store = new ImageStore(location);
        IReadOnlyList<StorageProblem> problems = store.Check(deep: true);
        Require(problems.Count == 0, string.Join("; ", problems), pages);
        using MountableRootFs prepared = store.Prepare(store.Get("kept"));
        Require(
            store.Get("kept").Id == kept.Id && File.ReadAllText(Path.Combine(prepared.LowerDirs[1], "name")) == "kept",
            "the image that was there is another one",
            pages
        );
    }

    private static void Require(bool condition, string problem, int pages)
    {
        if (!condition)
        {
            throw new InvalidOperationException($"With {pages} pages: {problem}");
        }
    }
}
