using ContainerPS.Native.Launch;
using ContainerPS.Native.Launch.Users;
using ContainerPS.Native.Linux;
using ContainerPS.Native.Oci;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Tests.Users;

/// <summary>An overlay read before it is mounted must answer as the mounted one would.</summary>
public sealed class LayeredViewTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("containerps-test-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void The_upper_layer_wins()
    {
        Write("a", "etc/passwd", "lower");
        Write("b", "etc/passwd", "upper");
        Assert.Equal("upper", Read("/etc/passwd", "b", "a"));
    }

    [Fact]
    public void Directories_merge()
    {
        Write("a", "etc/passwd", "lower");
        Write("b", "etc/other", "x");
        Assert.Equal("lower", Read("/etc/passwd", "b", "a"));
    }

    [Fact]
    public void A_symlink_is_followed_across_layers_and_cannot_escape()
    {
        Write("a", "usr/etc/passwd", "linked");
        Link("b", "etc", "/usr/etc");
        Assert.Equal("linked", Read("/etc/passwd", "b", "a"));
        Link("b", "out", "../../../../../../etc");
        Write("a", "etc2", "");
        Assert.Equal("linked", Read("/out/passwd", "b", "a"));
    }

    [Fact]
    public void A_loop_of_symlinks_ends()
    {
        Link("a", "x", "y");
        Link("a", "y", "x");
        Assert.Null(Read("/x/z", "a"));
    }

    [SkippableFact]
    public void A_whiteout_hides_what_lies_below()
    {
        Skip.IfNot(HostFacts.IsRoot, "needs root to make a device node");
        Write("a", "etc/passwd", "lower");
        Directory.CreateDirectory($"{_root}/b/etc");
        Files.MakeNodeAt(FileDescriptor.CurrentDirectory, $"{_root}/b/etc/passwd", S_IFCHR, 0);
        Assert.Null(Read("/etc/passwd", "b", "a"));
    }

    [SkippableFact]
    public void An_opaque_directory_hides_what_lies_below()
    {
        Skip.IfNot(HostFacts.IsRoot, "needs root to set trusted attributes");
        Write("a", "etc/passwd", "lower");
        Directory.CreateDirectory($"{_root}/b/etc");
        using FileDescriptor directory = Files.OpenDirectory($"{_root}/b/etc");
        Files.SetAttribute(directory, "trusted.overlay.opaque", "y"u8);
        Assert.Null(Read("/etc/passwd", "b", "a"));
    }

    [Fact]
    public void A_FIFO_in_place_of_a_text_is_no_text()
    {
        Directory.CreateDirectory($"{_root}/a/etc");
        Files.MakeFifo($"{_root}/a/etc/passwd", Modes.Mode0644);
        Assert.Null(Read("/etc/passwd", "a"));
    }

    [Theory]
    [InlineData("web", 33u, 33u, new uint[] { 100 })]
    [InlineData("33", 33u, 33u, new uint[] { 100 })]
    [InlineData("web:staff", 33u, 50u, new uint[0])]
    [InlineData("1000", 1000u, 0u, new uint[0])]
    [InlineData("1000:7", 1000u, 7u, new uint[0])]
    public void A_user_is_found_in_the_images_files(string name, uint uid, uint gid, uint[] groups)
    {
        WriteUsers();
        Process process = ProcessIdentityResolver.Resolve(
            new Process
            {
                User = new User { Username = name },
                Env = ["HOME=/"],
            },
            () => new LayeredView([$"{_root}/a"])
        );
        Assert.Equal((uid, gid), (process.User!.Uid, process.User.Gid));
        Assert.Equal(groups, process.User.AdditionalGids);
    }

    [Fact]
    public void HOME_comes_from_the_image_unless_it_is_given()
    {
        WriteUsers();
        Assert.Contains(
            "HOME=/srv",
            ProcessIdentityResolver.Resolve(new Process { User = new User { Uid = 33 } }, () => new LayeredView([$"{_root}/a"])).Env!
        );
    }

    [Fact]
    public void The_first_whole_line_that_fits_counts()
    {
        Write(
            "a",
            "etc/passwd",
            "\n:\nweb\nweb:x:33\nweb:x:-1:33::/none:/bin/sh\n  web:x:44:45:a comment:"
                + "/first:/bin/sh:more  \r\nweb:x:33:33::/then:/bin/sh\n:x:7:7::/nameless:\nlast:x:9:9::/last"
        );
        Write("a", "etc/group", "x\nbroken:x:many:web\none:x:1:other, web ,\ntwo:x:2\nthree:x:3:webber\nfour:x:4:web:rest\n");
        using var view = new LayeredView([$"{_root}/a"]);
        var database = new UserDatabase(view);

        Assert.Equal(new PasswdEntry("web", 44, 45, "/first"), database.FindUser("web"));
        Assert.Equal("/then", database.FindUser("33")!.Home);
        Assert.Equal("/last", database.FindUser(9)!.Home);
        Assert.Equal("/nameless", database.FindUser(7)!.Home);
        Assert.Null(database.FindUser("33x"));
        Assert.Null(database.FindUser(0));
        Assert.Equal([1u, 4u], database.GroupsOf("web"));
        Assert.Empty(database.GroupsOf(""));
        Assert.Equal(2u, database.FindGroup("two")!.Gid);
        Assert.Equal("three", database.FindGroup("3")!.Name);
        Assert.Null(database.FindGroup("broken"));
    }

    [Fact]
    public void An_unknown_user_is_named()
    {
        WriteUsers();
        LaunchException failure = Assert.Throws<LaunchException>(() =>
            ProcessIdentityResolver.Resolve(new Process { User = new User { Username = "nobody2" } }, () => new LayeredView([$"{_root}/a"]))
        );
        Assert.Contains("nobody2", failure.Message, StringComparison.Ordinal);
    }

    private void WriteUsers()
    {
        Write("a", "etc/passwd", "root:x:0:0::/root:/bin/sh\nbroken\nweb:x:33:33::/srv:/bin/sh\n");
        Write("a", "etc/group", "root:x:0:\nusers:x:100:web,other\nstaff:x:50:\n");
    }

    private void Write(string layer, string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName($"{_root}/{layer}/{path}")!);
        File.WriteAllText($"{_root}/{layer}/{path}", text);
    }

    private void Link(string layer, string path, string target)
    {
        Directory.CreateDirectory($"{_root}/{layer}");
        File.CreateSymbolicLink($"{_root}/{layer}/{path}", target);
    }

    private string? Read(string path, params string[] layers)
    {
        using var view = new LayeredView([.. layers.Select(layer => $"{_root}/{layer}")]);
        return view.TryReadText(path);
    }
}
