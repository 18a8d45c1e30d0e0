using ContainerPS.Engine.Layers;
using ContainerPS.Engine.Layers.Tar;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Tests.Layers;

public sealed class LayerUnpackerTests : IDisposable
{
    private readonly Scratch _scratch = new();
    private readonly string _fs;

    public LayerUnpackerTests()
    {
        Skip.IfNot(HostFacts.IsRoot, "owners, devices and trusted attributes need root");
        _fs = _scratch.In("fs");
        Directory.CreateDirectory(_fs);
    }

    public void Dispose() => _scratch.Dispose();

    [SkippableFact]
    public void Files_directories_and_links_come_out_with_owner_mode_and_time()
    {
        Unpack(
            new TestTar()
                .Directory("./", mode: Modes.Mode0711)
                .Directory("d", mode: Modes.SetGroupId | Modes.Mode0777, uid: 3, gid: 4, mtime: 1234)
                .File("d/f", "text", mode: Modes.SetUserId | Modes.Mode0755, uid: 5, gid: 6)
                .Symlink("d/l", "../else")
                .HardLink("h", "d/f")
        );
        FileStatus file = Files.Status(_scratch.In("fs", "d", "f"));
        Assert.Equal(
            (Modes.SetUserId | Modes.Mode0755, 5u, 6u, 1_000_000_000_000_000_000L, 2u),
            (file.Permissions, file.Uid, file.Gid, file.ModifiedNanoseconds, file.Links)
        );
        FileStatus directory = Files.Status(_scratch.In("fs", "d"));
        Assert.Equal(
            (Modes.SetGroupId | Modes.Mode0777, 3u, 4u, 1234_000_000_000L),
            (directory.Permissions, directory.Uid, directory.Gid, directory.ModifiedNanoseconds)
        );
        Assert.Equal(Modes.Mode0711, Files.Status(_fs).Permissions);
        Assert.Equal("../else", Files.ReadLink(_scratch.In("fs", "d", "l")));
        Assert.Equal(file.Inode, Files.Status(_scratch.In("fs", "h")).Inode);
    }

    [SkippableFact]
    public void A_set_gid_directory_does_not_pass_its_group_on()
    {
        Unpack(new TestTar().Directory("d", mode: Modes.SetGroupId | Modes.Mode0755, gid: 50).File("d/f", "x").Directory("d/e"));
        Assert.Equal(0u, Files.Status(_scratch.In("fs", "d", "f")).Gid);
        Assert.Equal(
            (0u, Modes.Mode0755),
            (Files.Status(_scratch.In("fs", "d", "e")).Gid, Files.Status(_scratch.In("fs", "d", "e")).Permissions)
        );
    }

    [SkippableFact]
    public void Devices_and_fifos_are_made_but_no_device_that_overlayfs_reads_as_a_whiteout()
    {
        Unpack(new TestTar().Device("null", '3', 1, 3).Device("loop", '4', 7, 300).Entry("fifo", '6', []).Device("forged", '3', 0, 0));
        FileStatus loop = Files.Status(_scratch.In("fs", "loop"));
        Assert.Equal((true, 7u, 300u), (loop.IsBlockDevice, loop.DeviceMajor, loop.DeviceMinor));
        Assert.True(Files.Status(_scratch.In("fs", "null")).IsCharacterDevice);
        Assert.True(Files.Status(_scratch.In("fs", "fifo")).IsFifo);
        Assert.False(Files.Exists(_scratch.In("fs", "forged")));
    }

    [SkippableFact]
    public void Whiteouts_become_0_0_devices_and_opaque_directories_an_attribute()
    {
        Unpack(
            new TestTar()
                .File("etc/.wh.gone", "")
                .Directory("var")
                .File("var/.wh..wh..opq", "")
                .File("var/new", "n")
                .File(".wh..wh.plnk", "")
        );
        Assert.True(IsWhiteout("etc/gone"));
        Assert.Equal("y"u8.ToArray(), Attribute("var", "trusted.overlay.opaque"));
        Assert.Equal(["etc", "var"], Directory.GetFileSystemEntries(_fs).Select(Path.GetFileName).Order());
    }

    [SkippableFact]
    public void A_whiteout_hides_only_what_is_below_in_whatever_order()
    {
        Unpack(
            new TestTar()
                .File("a", "mine")
                .File(".wh.a", "")
                .File(".wh.b", "")
                .File("b", "mine")
                .File(".wh.c", "")
                .Directory("c")
                .File("c/x", "")
                .Directory("d")
                .File(".wh.d", "")
                .File(".wh.e", "")
                .File("e/f", "")
        );
        Assert.Equal("mine", File.ReadAllText(_scratch.In("fs", "a")));
        Assert.Equal("mine", File.ReadAllText(_scratch.In("fs", "b")));
        foreach (string directory in (string[])["c", "d", "e"])
        {
            Assert.Equal("y"u8.ToArray(), Attribute(directory, "trusted.overlay.opaque"));
        }
    }

    [SkippableFact]
    public void Forged_overlay_attributes_are_taken_out_and_others_kept()
    {
        Unpack(
            new TestTar()
                .Pax(
                    ("SCHILY.xattr.trusted.overlay.redirect", "/etc"),
                    ("SCHILY.xattr.user.overlay.opaque", "y"),
                    ("SCHILY.xattr.user.mime", "text"),
                    ("SCHILY.xattr.trusted.x", "1")
                )
                .File("f", "x")
        );
        Assert.Equal("text"u8.ToArray(), Attribute("f", "user.mime"));
        Assert.Equal("1"u8.ToArray(), Attribute("f", "trusted.x"));
        Assert.Null(Attribute("f", "trusted.overlay.redirect"));
        Assert.Null(Attribute("f", "user.overlay.opaque"));
    }

    [SkippableFact]
    public void File_capabilities_survive_the_change_of_owner()
    {
        byte[] capability = [1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        byte[] records =
        [
            .. System.Text.Encoding.ASCII.GetBytes(
                $"{"SCHILY.xattr.security.capability=".Length + 20 + 4} SCHILY.xattr.security.capability="
            ),
            .. capability,
            (byte)'\n',
        ];
        Unpack(new TestTar().Entry("x", 'x', records).File("ping", "x", uid: 9));
        Assert.Equal(capability, Attribute("ping", "security.capability"));
    }

    [SkippableFact]
    public void Sparse_files_have_holes()
    {
        Unpack(new TestTar().Pax(("GNU.sparse.size", "1000000"), ("GNU.sparse.map", "0,3,500000,3")).File("s", "abcdef"));
        byte[] content = File.ReadAllBytes(_scratch.In("fs", "s"));
        Assert.Equal(1_000_000, content.Length);
        Assert.Equal("abc", System.Text.Encoding.ASCII.GetString(content, 0, 3));
        Assert.Equal("def", System.Text.Encoding.ASCII.GetString(content, 500_000, 3));
        Assert.True(Files.Status(_scratch.In("fs", "s")).Blocks < 100);
    }

    [SkippableFact]
    public void The_later_of_two_entries_wins()
    {
        Unpack(
            new TestTar()
                .File("a", "1")
                .File("a", "2")
                .Directory("b")
                .File("b/x", "")
                .File("b", "file")
                .Symlink("c", "/etc")
                .Directory("c")
                .File("c/in", "in")
                .File("d", "")
                .Symlink("d", "x")
                .Directory("e", mode: Modes.Mode0700)
                .Directory("e", mode: Modes.Mode0755)
        );
        Assert.Equal("2", File.ReadAllText(_scratch.In("fs", "a")));
        Assert.Equal("file", File.ReadAllText(_scratch.In("fs", "b")));
        Assert.Equal("in", File.ReadAllText(_scratch.In("fs", "c", "in")));
        Assert.Equal("x", Files.ReadLink(_scratch.In("fs", "d")));
        Assert.Equal(Modes.Mode0755, Files.Status(_scratch.In("fs", "e")).Permissions);
    }

    [SkippableFact]
    public void Names_need_not_be_text()
    {
        Unpack(new TestTar().Entry("x", '0', [], change: header => header[0] = 0xff));
        DirectoryEntry name = Assert.Single(Files.ReadDirectory(_fs));
        Assert.NotEqual("x", name.Name);
    }

    [SkippableFact]
    public void A_symlink_within_the_layer_is_followed_as_a_parent()
    {
        Unpack(new TestTar().Directory("usr/lib").Symlink("lib", "usr/lib").File("lib/x", "in"));
        Assert.Equal("in", File.ReadAllText(_scratch.In("fs", "usr", "lib", "x")));
    }

    [SkippableTheory]
    [InlineData("../evil")]
    [InlineData("a/../../evil")]
    [InlineData("/evil")]
    [InlineData("..")]
    public void A_path_that_climbs_out_is_refused(string name) => Refused(ErrorIds.LayerPathEscape, new TestTar().File(name, "x"));

    [SkippableTheory]
    [InlineData("OUT")]
    [InlineData("../../../../../../../../../../../../tmp")]
    [InlineData("..")]
    public void A_symlink_cannot_lead_a_parent_out_of_the_root(string target)
    {
        target = target == "OUT" ? _scratch.In("outside") : target;
        Directory.CreateDirectory(_scratch.In("outside"));
        Refused(ErrorIds.LayerPathEscape, new TestTar().Symlink("a", target).File("a/evil", "x"));
        Refused(ErrorIds.LayerPathEscape, new TestTar().Symlink("a", target).File("a/.wh.evil", ""));
        Refused(ErrorIds.LayerPathEscape, new TestTar().Symlink("a", target).File("a/.wh..wh..opq", ""));
        Refused(ErrorIds.LayerPathEscape, new TestTar().Symlink("a", target).File("a/b/c/d", ""));
        Assert.Empty(Directory.GetFileSystemEntries(_scratch.In("outside")));
    }

    [SkippableFact]
    public void A_symlink_as_last_component_is_replaced_not_followed()
    {
        _scratch.Write("victim", "untouched"u8.ToArray());
        Unpack(new TestTar().Symlink("a", _scratch.In("victim")).File("a", "mine"));
        Assert.Equal("untouched", File.ReadAllText(_scratch.In("victim")));
        Assert.Equal("mine", File.ReadAllText(_scratch.In("fs", "a")));
    }

    [SkippableFact]
    public void A_hard_link_cannot_reach_outside()
    {
        _scratch.Write("outside/victim", "x"u8.ToArray());
        Refused(ErrorIds.LayerPathEscape, new TestTar().HardLink("a", "../outside/victim"));
        Refused(ErrorIds.LayerPathEscape, new TestTar().HardLink("a", _scratch.In("outside", "victim")));
        Refused(ErrorIds.LayerPathEscape, new TestTar().Symlink("s", _scratch.In("outside")).HardLink("a", "s/victim"));
        Refused(ErrorIds.LayerCorrupt, new TestTar().HardLink("a", "missing"));
        Refused(ErrorIds.LayerCorrupt, new TestTar().Directory("d").HardLink("a", "d"));
        Assert.Equal(1u, Files.Status(_scratch.In("outside", "victim")).Links);
    }

    [SkippableFact]
    public void A_hard_link_to_a_symlink_links_the_symlink_itself()
    {
        _scratch.Write("victim", "x"u8.ToArray());
        Unpack(new TestTar().Symlink("s", _scratch.In("victim")).HardLink("h", "s"));
        Assert.Equal(_scratch.In("victim"), Files.ReadLink(_scratch.In("fs", "h")));
        Assert.Equal(1u, Files.Status(_scratch.In("victim")).Links);
    }

    [SkippableFact]
    public void An_entry_below_a_file_is_refused() => Refused(ErrorIds.LayerCorrupt, new TestTar().File("a", "x").File("a/b", "x"));

    [SkippableTheory]
    [InlineData(".wh...", ErrorIds.LayerPathEscape)]
    [InlineData("d/.wh...", ErrorIds.LayerPathEscape)]
    [InlineData(".wh..", ErrorIds.LayerCorrupt)]
    [InlineData(".wh.", ErrorIds.LayerCorrupt)]
    public void A_whiteout_of_nothing_or_of_the_parent_is_refused(string name, string id) =>
        Refused(id, new TestTar().Directory("d").File(name, ""));

    [SkippableFact]
    public void A_tree_deeper_than_any_path_is_unpacked_and_deleted()
    {
        var tar = new TestTar();
        string segment = string.Join('/', Enumerable.Repeat("d", 500));
        tar.Pax(("path", segment + "/")).Directory("x");
        // Each link goes one chain of directories deeper: far beyond PATH_MAX and beyond what descriptors allow.
        tar.Symlink("0", segment);
        for (int i = 0; i < 6; i++)
        {
            tar.Pax(("path", $"{i}/{segment}/")).Directory("x").Symlink($"{i + 1}", $"{i}/{segment}");
        }

        Unpack(tar);
        _scratch.Dispose();
        Assert.False(Directory.Exists(_scratch.Path));
    }

    [SkippableFact]
    public void Descriptors_are_given_back()
    {
        int before = Directory.GetFiles("/proc/self/fd").Length;
        var tar = new TestTar();
        for (int i = 0; i < 100; i++)
        {
            tar.Directory($"d{i}").File($"d{i}/f", "x");
        }

        Unpack(tar);
        Assert.InRange(Directory.GetFiles("/proc/self/fd").Length, 0, before + 20);
    }

    private bool IsWhiteout(string name) =>
        Files.Status(_scratch.In("fs", name), followSymlink: false) is { IsCharacterDevice: true, DeviceMajor: 0, DeviceMinor: 0 };

    private byte[]? Attribute(string name, string attribute)
    {
        using FileDescriptor root = Files.OpenDirectory(_fs);
        return Files.GetAttributeAt(root, name, attribute);
    }

    private UnpackedLayer Unpack(TestTar tar)
    {
        using var reader = new TarReader(new MemoryStream(tar.End()));
        return LayerUnpacker.Unpack(reader, _fs, userAttributes: false, CancellationToken.None);
    }

    private void Refused(string id, TestTar tar)
    {
        Assert.Equal(id, Assert.ThrowsAny<EngineException>(() => Unpack(tar)).ErrorId);
        ContainerPS.Engine.Common.TreeRemover.Delete(_fs);
        Directory.CreateDirectory(_fs);
    }
}
