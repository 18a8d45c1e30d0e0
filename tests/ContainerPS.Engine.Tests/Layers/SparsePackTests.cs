using System.Diagnostics;
using ContainerPS.Engine.Layers;
using ContainerPS.Engine.Layers.Tar;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Tests.Layers;

/// <summary>A file with holes keeps them: in the archive, in the copy, and when the archive is unpacked by us or by GNU tar.</summary>
public sealed class SparsePackTests : IDisposable
{
    private const long Big = 300L * 1024 * 1024;

    private readonly Scratch _scratch = new();
    private readonly string _tree;

    public SparsePackTests()
    {
        Skip.IfNot(HostFacts.IsRoot, "owners, devices and trusted attributes need root");
        _tree = Directory.CreateDirectory(_scratch.In("tree")).FullName;
    }

    public void Dispose() => _scratch.Dispose();

    [SkippableFact]
    public void Holes_are_kept_in_the_archive_and_in_the_copy()
    {
        Make("middle", Big, (100_000_000, "in the middle"));
        Make("ends", Big, (0, "begin"), (Big - 3, "end"));
        Make("none", Big);
        Make("tail", Big, (0, "begin"));
        Make(new string('n', 200), Big, (5_000_000, "long name"));
        File.WriteAllText(Path.Combine(_tree, "plain"), "no hole");
        string tar = Pack();
        Assert.InRange(new FileInfo(tar).Length, 1, 1_000_000);
        AssertSparse(_scratch.In("copy"));
        Assert.Equal(TreePicture.Of(_tree, nanoseconds: false), TreePicture.Of(_scratch.In("copy"), nanoseconds: false));

        string unpacked = Directory.CreateDirectory(_scratch.In("unpacked")).FullName;
        using (FileStream file = File.OpenRead(tar))
        using (var reader = new TarReader(file))
        {
            LayerUnpacker.Unpack(reader, unpacked, userAttributes: false, CancellationToken.None);
        }

        AssertSparse(unpacked);
        Assert.Equal(TreePicture.Of(_scratch.In("copy")), TreePicture.Of(unpacked));
    }

    [SkippableFact]
    public void Gnu_tar_unpacks_the_holes_that_we_pack()
    {
        Skip.IfNot(File.Exists("/bin/tar"), "GNU tar is not on this machine");
        Make("middle", Big, (100_000_000, "in the middle"), (200_000_000, "and more"));
        Make("none", Big);
        string unpacked = Directory.CreateDirectory(_scratch.In("by-tar")).FullName;
        using var tar = Process.Start("/bin/tar", ["--numeric-owner", "-xpf", Pack(), "-C", unpacked]);
        tar.WaitForExit();
        Assert.Equal(0, tar.ExitCode);
        AssertSparse(unpacked);
        Assert.Equal(TreePicture.Of(_tree, nanoseconds: false), TreePicture.Of(unpacked, nanoseconds: false));
    }

    [SkippableFact]
    public void A_map_that_is_longer_than_a_block_is_written_whole()
    {
        Make("many", 200L * 1024 * 1024, [.. Enumerable.Range(0, 150).Select(i => (i * 1_300_000L, "x"))]);
        string unpacked = Directory.CreateDirectory(_scratch.In("unpacked")).FullName;
        using FileStream file = File.OpenRead(Pack());
        using var reader = new TarReader(file);
        LayerUnpacker.Unpack(reader, unpacked, userAttributes: false, CancellationToken.None);
        Assert.Equal(TreePicture.Of(_tree, nanoseconds: false), TreePicture.Of(unpacked, nanoseconds: false));
    }

    private string Pack()
    {
        string tar = _scratch.In("packed.tar");
        Directory.CreateDirectory(_scratch.In("copy"));
        using FileStream file = File.Create(tar);
        LayerPacker.Pack(_tree, _scratch.In("copy"), file, [], null, CancellationToken.None);
        return tar;
    }

    private void Make(string name, long size, params (long Offset, string Text)[] pieces)
    {
        using FileStream file = File.Create(Path.Combine(_tree, name), 0);
        file.SetLength(size);
        foreach ((long offset, string text) in pieces)
        {
            file.Position = offset;
            file.Write(System.Text.Encoding.ASCII.GetBytes(text));
        }
    }

    private static void AssertSparse(string directory)
    {
        foreach (string path in Directory.GetFiles(directory))
        {
            using FileDescriptor parent = Files.OpenDirectory(directory);
            byte[] name = [.. System.Text.Encoding.ASCII.GetBytes(Path.GetFileName(path)), 0];
            Assert.Equal(0, TreeCalls.Stat(parent.Number, name, out TreeStat stat));
            Assert.True(stat.Blocks * 512 < 1_000_000, $"{path} takes {stat.Blocks * 512} bytes");
        }
    }
}
