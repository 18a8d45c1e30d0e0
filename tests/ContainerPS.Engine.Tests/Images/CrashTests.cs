using System.Diagnostics;
using ContainerPS.Engine.Common;
using ContainerPS.Engine.Images;
using ContainerPS.Engine.Tests.Layers;
using ContainerPS.Native.Linux;
using Xunit.Abstractions;

namespace ContainerPS.Engine.Tests.Images;

/// <summary>
/// kill -9 in the middle of import, making and removal: at a random moment of each part of the whole operation. The output tells the
/// moments and their seed.
/// </summary>
public sealed class CrashTests : IDisposable
{
    private const int Kills = 6;

    private readonly Scratch _scratch = new();
    private readonly ImageStore _store;
    private readonly RandomMoments _moments;

    public CrashTests(ITestOutputHelper output)
    {
        _moments = new RandomMoments(output);
        Skip.IfNot(HostFacts.IsRoot, "owners, devices and trusted attributes need root");
        _store = new ImageStore(_scratch.Store);
    }

    public void Dispose() => _scratch.Dispose();

    [SkippableFact]
    public void An_import_killed_at_any_moment_is_whole_or_not_there()
    {
        string layout = new TestLayout(_scratch.In("app")).AddImage([Layer("a"), Layer("b"), Layer("c")], "v1").Write();
        TimeSpan duration = Measure("import", layout);
        for (int i = 0; i < Kills; i++)
        {
            bool finished = RunAndKill(Moment(duration, i), "import", layout);
            if (_store.TryGet("app:v1", out Image? image))
            {
                AssertWhole(image, 3);
                _store.Remove(image, _ => []);
            }

            Assert.False(finished && image is null);
            AssertCleanAfterNextCommand();
        }

        AssertWhole(Assert.Single(_store.Import(layout)), 3);
    }

    [SkippableFact]
    public void Making_an_image_killed_at_any_moment_is_whole_or_not_there()
    {
        string rootfs = _scratch.In("rootfs");
        Directory.CreateDirectory(rootfs);
        for (int i = 0; i < 300; i++)
        {
            File.WriteAllBytes(Path.Combine(rootfs, $"file{i}"), new byte[10_000]);
        }

        TimeSpan duration = Measure("rootfs", rootfs);
        for (int i = 0; i < Kills; i++)
        {
            RunAndKill(Moment(duration, i), "rootfs", rootfs);
            if (_store.TryGet("made", out Image? image))
            {
                AssertWhole(image, 1);
                _store.Remove(image, _ => []);
            }

            AssertCleanAfterNextCommand();
        }

        Assert.Equal(300, Directory.GetFiles(rootfs).Length);
    }

    [SkippableFact]
    public void A_removal_killed_at_any_moment_leaves_the_image_whole_or_gone_and_never_harms_another()
    {
        string layout = new TestLayout(_scratch.In("app"))
            .AddImage([Layer("a"), Layer("b")], "v1")
            .AddImage([Layer("a"), Layer("other")], "v2")
            .Write();
        _store.Import(layout);
        TimeSpan duration = Measure("remove", "app:v1");
        for (int i = 0; i < Kills; i++)
        {
            _store.Import(layout);
            RunAndKill(Moment(duration, i), "remove", "app:v1");
            if (_store.TryGet("app:v1", out Image? image))
            {
                AssertWhole(image, 2);
            }

            AssertWhole(_store.Get("app:v2"), 2);
        }

        foreach (Image image in _store.List())
        {
            _store.Remove(image, _ => []);
        }

        AssertCleanAfterNextCommand();
    }

    private static byte[] Layer(string name)
    {
        TestTar tar = new TestTar().Directory(name);
        for (int i = 0; i < 200; i++)
        {
            tar.File($"{name}/file{i}", new string((char)('a' + (i % 26)), 3000));
        }

        return tar.End();
    }

    /// <summary>A digest proves the layer's blob whole; the files prove its directory whole.</summary>
    private void AssertWhole(Image image, int layers)
    {
        Assert.Equal("", image.Problem);
        Assert.Equal(layers, image.Layers.Count);
        using MountableRootFs prepared = _store.Prepare(image);
        foreach (ImageLayer layer in image.Layers)
        {
            using FileStream blob = File.OpenRead(Path.Combine(_scratch.Store.OciLayout, "blobs", "sha256", layer.Digest[7..]));
            Assert.Equal(layer.Digest, "sha256:" + Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(blob)));
        }

        foreach (string? directory in prepared.LowerDirs.Skip(1))
        {
            Assert.True(Directory.GetFiles(directory, "file*", SearchOption.AllDirectories).Length is 200 or 300, directory);
        }
    }

    /// <summary>A removal takes the store's lock and sweeps: with no name left nothing at all may be left.</summary>
    private void AssertCleanAfterNextCommand()
    {
        Image probe = _store.FromRootFs(_scratch.Write("probe.tar", new TestTar().File("probe", "x").End()), ImageReference.Parse("probe"));
        _store.Remove(probe, _ => []);
        Assert.Empty(_scratch.LeftOvers());
        Assert.Empty(Directory.GetFiles(Path.Combine(_scratch.Store.OciLayout, "blobs", "sha256")));
        Assert.DoesNotContain(
            Directory.GetFileSystemEntries(_scratch.Store.Layers),
            path => Path.GetFileName(path) is not ("l" or "init" or "trash")
        );
        Assert.DoesNotContain(
            new DirectoryInfo(Path.Combine(_scratch.Store.Layers, "l")).EnumerateFileSystemInfos(),
            link => link.Name != "init"
        );
    }

    private TimeSpan Measure(string operation, string argument)
    {
        using Process helper = StartHelper(operation, argument);
        var clock = Stopwatch.StartNew();
        Assert.Equal("done", helper.StandardOutput.ReadLine());
        TimeSpan duration = clock.Elapsed;
        helper.WaitForExit();
        foreach (Image? image in _store.List().Where(_ => operation != "remove"))
        {
            _store.Remove(image, _ => []);
        }

        return duration;
    }

    /// <summary>In one of the parts into which the kills divide the operation.</summary>
    private TimeSpan Moment(TimeSpan duration, int part) => _moments.Next(duration * part / Kills, duration * (part + 1) / Kills);

    private bool RunAndKill(TimeSpan after, string operation, string argument)
    {
        using Process helper = StartHelper(operation, argument);
        RandomMoments.Pass(after);
        helper.Kill();
        bool finished = helper.StandardOutput.ReadToEnd().Contains("done", StringComparison.Ordinal);
        helper.WaitForExit();
        return finished;
    }

    private Process StartHelper(string operation, string argument)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        foreach (
            string text in (string[])
                ["exec", typeof(CrashTests).Assembly.Location, CrashHelper.Verb, _scratch.Store.Root, operation, argument]
        )
        {
            start.ArgumentList.Add(text);
        }

        Process helper = Process.Start(start)!;
        Assert.Equal("ready", helper.StandardOutput.ReadLine());
        return helper;
    }
}
