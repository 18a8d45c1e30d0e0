using System.Diagnostics;
using ContainerPS.Engine.Layers;
using ContainerPS.Engine.Layers.Tar;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Tests.Layers;

/// <summary>GNU tar as the stranger: what it packs in each of its formats comes out as it was, and it reads what we write.</summary>
public sealed class TarProgramTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public TarProgramTests()
    {
        Skip.IfNot(HostFacts.IsRoot, "owners, devices and trusted attributes need root");
        Skip.IfNot(File.Exists("/bin/tar"), "GNU tar is not on this machine");
    }

    public void Dispose() => _scratch.Dispose();

    [SkippableTheory]
    [InlineData("v7", false, false)]
    [InlineData("ustar", false, false)]
    [InlineData("oldgnu", true, false, "--sparse")]
    [InlineData("gnu", true, false)]
    [InlineData("gnu", true, false, "--sparse")]
    [InlineData("pax", true, true)]
    [InlineData("pax", true, true, "--xattrs", "--xattrs-include=*")]
    [InlineData("pax", true, true, "--sparse", "--sparse-version=0.0")]
    [InlineData("pax", true, true, "--sparse", "--sparse-version=0.1")]
    [InlineData("pax", true, true, "--sparse", "--sparse-version=1.0")]
    public void What_gnu_tar_packs_comes_out_as_it_was(string format, bool longNames, bool nanoseconds, params string[] options)
    {
        string tree = MakeTree(longNames, devices: format != "v7");
        Tar([$"--format={format}", "--numeric-owner", .. options, "-cf", _scratch.In("packed.tar"), "-C", tree, "."]);
        string unpacked = _scratch.In("unpacked");
        Directory.CreateDirectory(unpacked);
        using FileStream file = File.OpenRead(_scratch.In("packed.tar"));
        using var reader = new TarReader(file);
        LayerUnpacker.Unpack(reader, unpacked, userAttributes: false, CancellationToken.None);
        bool attributes = options.Contains("--xattrs");
        Assert.Equal(TreePicture.Of(tree, nanoseconds, attributes), TreePicture.Of(unpacked, nanoseconds, attributes));
    }

    [SkippableFact]
    public void What_we_pack_gnu_tar_unpacks_as_it_was()
    {
        string tree = MakeTree(longNames: true, devices: true);
        string copy = _scratch.In("copy");
        Directory.CreateDirectory(copy);
        using (FileStream file = File.Create(_scratch.In("packed.tar")))
        {
            LayerPacker.Pack(tree, copy, file, [], null, CancellationToken.None);
        }

        string unpacked = _scratch.In("unpacked");
        Directory.CreateDirectory(unpacked);
        Tar("--xattrs", "--xattrs-include=*", "--numeric-owner", "-xpf", _scratch.In("packed.tar"), "-C", unpacked);
        Assert.Equal(TreePicture.Of(tree, nanoseconds: false), TreePicture.Of(unpacked, nanoseconds: false));
        Assert.Equal(TreePicture.Of(unpacked), TreePicture.Of(copy));
    }

    private string MakeTree(bool longNames, bool devices)
    {
        string tree = _scratch.In("tree");
        Directory.CreateDirectory(Path.Combine(tree, "dir"));
        File.WriteAllText(Path.Combine(tree, "dir", "file"), "content");
        using (FileStream sparse = File.Create(Path.Combine(tree, "sparse")))
        {
            for (int i = 1; i <= 40; i++)
            {
                sparse.Position = i * 100_000;
                sparse.Write("data"u8);
            }

            sparse.SetLength(5_000_000);
        }

        File.CreateSymbolicLink(Path.Combine(tree, "link"), "dir/file");
        using FileDescriptor root = Files.OpenDirectory(tree);
        Files.LinkAt(root, "dir/file", root, "hard");
        Files.ChangeOwnerAt(root, "dir", 1234, 5678);
        Files.ChangeModeAt(root, "dir", Modes.SetGroupId | Modes.Mode0770);
        Files.SetAttributeAt(root, "dir", "user.note", "kept"u8);
        Files.SetAttributeAt(root, "sparse", "trusted.note", "kept"u8);
        if (devices)
        {
            Files.MakeFifo(Path.Combine(tree, "fifo"), Modes.Mode0644);
            Files.MakeNodeAt(root, "null", Posix.S_IFCHR | Modes.Mode0666, (1 << 8) | 3);
        }

        if (!longNames)
        {
            return tree;
        }

        string deep = Path.Combine(tree, string.Join('/', Enumerable.Repeat("a-name-that-is-rather-long", 12)));
        Directory.CreateDirectory(deep);
        File.WriteAllText(Path.Combine(deep, new string('n', 200)), "deep");
        File.CreateSymbolicLink(Path.Combine(tree, "far"), string.Join('/', Enumerable.Repeat("a-name-that-is-rather-long", 12)));
        return tree;
    }

    private static void Tar(params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo("/bin/tar", arguments) { RedirectStandardError = true })!;
        string said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, said);
    }
}
