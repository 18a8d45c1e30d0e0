using ContainerPS.Engine.Common;
using ContainerPS.Engine.Layers;
using ContainerPS.Engine.Layers.Tar;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Tests.Layers;

/// <summary>
/// Archives thrown together at random from everything that has ever climbed out of a layer: none does, and each ends well or with an
/// engine's error.
/// </summary>
public sealed class HostileLayerTests : IDisposable
{
    private static readonly string[] Names =
    [
        "a",
        "b",
        "a/b",
        "a/b/c",
        "b/a",
        "./a",
        "a/",
        "..",
        "../x",
        "a/../../x",
        "/x",
        "//",
        ".",
        "a//b",
        ".wh.a",
        "a/.wh.b",
        ".wh..wh..opq",
        "a/.wh..wh..opq",
        ".wh...",
        "c/d/e",
        "victim",
        "outside/victim",
    ];

    private static readonly string[] Targets =
    [
        "a",
        "..",
        "../outside",
        "../outside/victim",
        "/",
        "/tmp",
        ".",
        "a/b",
        "OUTSIDE",
        "OUTSIDE/victim",
        "b",
        "c",
        "./b/../..",
        "/proc/self/root",
    ];

    private readonly Scratch _scratch = new();

    public HostileLayerTests() => Skip.IfNot(HostFacts.IsRoot, "owners, devices and trusted attributes need root");

    public void Dispose() => _scratch.Dispose();

    [SkippableFact]
    public void Nothing_outside_of_the_layer_is_ever_made_changed_or_removed()
    {
        _scratch.Write("outside/victim", "untouched"u8.ToArray());
        string before = TreePicture.Of(_scratch.In("outside"));
        var random = new Random(20260102);
        int unpacked = 0;
        for (int round = 0; round < 1500; round++)
        {
            byte[] tar = Throw(random);
            unpacked += TryUnpack(tar) ? 1 : 0;
            Assert.Equal(before, TreePicture.Of(_scratch.In("outside")));
            Assert.Equal(["fs", "outside", "root"], Directory.GetFileSystemEntries(_scratch.Path).Select(Path.GetFileName).Order());
            TreeRemover.Delete(_scratch.In("fs"));
        }

        // Both outcomes were tried.
        Assert.InRange(unpacked, 20, 1480);
    }

    private byte[] Throw(Random random)
    {
        var tar = new TestTar();
        for (int count = random.Next(1, 9); count > 0; count--)
        {
            string name = Names[random.Next(Names.Length)];
            string target = Targets[random.Next(Targets.Length)].Replace("OUTSIDE", _scratch.In("outside"), StringComparison.Ordinal);
            switch (random.Next(8))
            {
                case 0 or 1:
                    tar.File(name, "evil", mode: (uint)random.Next((int)Modes.AllBits + 1));
                    break;
                case 2 or 3:
                    tar.Symlink(name, target);
                    break;
                case 4:
                    tar.HardLink(name, target);
                    break;
                case 5:
                    tar.Directory(name, mode: (uint)random.Next((int)Modes.AllBits + 1), uid: random.Next(3));
                    break;
                case 6:
                    tar.Device(name, random.Next(2) == 0 ? '3' : '6', random.Next(2), random.Next(2));
                    break;
                default:
                    tar.Pax(("path", name), ("SCHILY.xattr.trusted.overlay.redirect", "/etc")).File("x", "evil");
                    break;
            }
        }

        return tar.End();
    }

    private bool TryUnpack(byte[] tar)
    {
        Directory.CreateDirectory(_scratch.In("fs"));
        using var reader = new TarReader(new MemoryStream(tar));
        try
        {
            LayerUnpacker.Unpack(reader, _scratch.In("fs"), userAttributes: false, CancellationToken.None);
            return true;
        }
        catch (EngineException failure)
        {
            Assert.Contains(failure.ErrorId, (string[])[ErrorIds.LayerPathEscape, ErrorIds.LayerCorrupt]);
            return false;
        }
    }
}
