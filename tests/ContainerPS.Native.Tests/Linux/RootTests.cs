using ContainerPS.Native.Interop;
using ContainerPS.Native.Linux;

namespace ContainerPS.Native.Tests.Linux;

public sealed class RootTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("containerps-test-").FullName;

    private string RootPath => Path.Combine(_directory, "root");

    public RootTests()
    {
        Directory.CreateDirectory(RootPath);
        File.WriteAllText(Path.Combine(_directory, "secret"), "outside");
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("../secret")]
    [InlineData("/../../secret")]
    [InlineData("a/../../secret")]
    public void Dots_cannot_leave_the_root(string path)
    {
        Directory.CreateDirectory(Path.Combine(RootPath, "a"));
        using var root = Root.Open(RootPath);

        Assert.Null(root.TryReadText(path));

        File.WriteAllText(Path.Combine(RootPath, "secret"), "inside");
        Assert.Equal("inside", root.TryReadText(path));
    }

    [Theory]
    [InlineData("../secret")]
    [InlineData("/secret")]
    public void A_symlink_in_a_layer_cannot_escape_the_root(string target)
    {
        File.CreateSymbolicLink(Path.Combine(RootPath, "link"), target == "/secret" ? Path.Combine(_directory, "secret") : target);
        using var root = Root.Open(RootPath);

        Assert.Null(root.TryReadText("link"));
        LinuxException failure = Assert.Throws<LinuxException>(() => root.Resolve("link"));
        Assert.Equal(Libc.ENOENT, failure.Errno);
    }

    [Fact]
    public void A_magic_link_is_refused()
    {
        File.CreateSymbolicLink(Path.Combine(RootPath, "self"), "/proc/self/root");
        using var host = Root.Open("/");

        LinuxException failure = Assert.Throws<LinuxException>(() => host.Resolve("/proc/self/root/etc"));

        Assert.Equal(Libc.ELOOP, failure.Errno);
        Assert.Contains("RESOLVE_NO_MAGICLINKS", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_directories_are_made_inside_whatever_the_path_says()
    {
        File.CreateSymbolicLink(Path.Combine(RootPath, "var"), "/real");
        Directory.CreateDirectory(Path.Combine(RootPath, "real"));
        using var root = Root.Open(RootPath);

        using FileDescriptor made = root.MakeDirectories("/var/../../var/lib/deep");

        Assert.True(Directory.Exists(Path.Combine(RootPath, "real/lib/deep")));
        Assert.False(Directory.Exists(Path.Combine(_directory, "var")));
        Assert.Equal(Path.Combine(RootPath, "real/lib/deep"), made.Path);
    }

    [Fact]
    public void A_fifo_where_a_text_is_expected_does_not_block()
    {
        Files.MakeFifo(Path.Combine(RootPath, "passwd"), Modes.Mode0600);
        using var root = Root.Open(RootPath);

        Assert.Null(root.TryReadText("passwd"));
    }

    [Fact]
    public void The_parent_of_an_entry_is_resolved_inside()
    {
        File.CreateSymbolicLink(Path.Combine(RootPath, "up"), "..");
        using var root = Root.Open(RootPath);

        (FileDescriptor parent, string name) = root.ResolveParent("up/up/file");
        using (parent)
        {
            Assert.Equal((RootPath, "file"), (parent.Path, name));
        }

        Assert.Throws<ArgumentException>(() => root.ResolveParent("a/.."));
    }
}
