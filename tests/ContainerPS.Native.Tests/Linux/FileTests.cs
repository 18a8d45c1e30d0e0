using ContainerPS.Native.Interop;
using ContainerPS.Native.Linux;
using Mono.Unix.Native;

namespace ContainerPS.Native.Tests.Linux;

/// <summary>Our wrappers beside those of Mono.Posix, which bind the same calls by another way.</summary>
public sealed class FileTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("containerps-test-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("/dev/null")]
    [InlineData("/proc/self/exe")]
    [InlineData("/")]
    public void Status_is_what_a_stranger_reads(string path)
    {
        Assert.Equal(0, Syscall.lstat(path, out Stat stranger));

        FileStatus ours = Files.Status(path, followSymlink: false);

        Assert.Equal(
            (
                (uint)stranger.st_mode,
                stranger.st_uid,
                stranger.st_gid,
                stranger.st_size,
                stranger.st_ino,
                stranger.st_dev,
                stranger.st_rdev,
                stranger.st_nlink
            ),
            (ours.Mode, ours.Uid, ours.Gid, ours.Size, ours.Inode, ours.DeviceId, ours.DeviceNumber, ours.Links)
        );
        Assert.Equal((stranger.st_mtime * 1_000_000_000) + stranger.st_mtime_nsec, ours.ModifiedNanoseconds);
    }

    [Fact]
    public void A_tree_with_names_that_are_not_UTF_8_is_removed()
    {
        string tree = Path.Combine(_directory, "tree");
        byte[] latin1 = [.. "caf"u8, 0xe9, 0];
        using (FileDescriptor parent = Files.OpenDirectory(_directory))
        {
            Files.MakeDirectoryAt(parent, "tree");
            using FileDescriptor open = Files.OpenDirectory(tree);
            Assert.Equal(0, TreeCalls.MakeDirectory(open.Number, latin1, Modes.Mode0777));
            int inner = TreeCalls.Open(open.Number, latin1, Libc.O_RDONLY | Libc.O_DIRECTORY);
            using var directory = new FileDescriptor(inner);
            Assert.Equal(0, TreeCalls.SymbolicLink("/nowhere\0"u8, inner, [0xff, 0xfe, 0]));
            Assert.Equal(0, TreeCalls.MakeDirectory(inner, latin1, Modes.Mode0777));
        }

        Assert.True(Files.RemoveTree(tree));

        Assert.False(Files.Exists(tree));
        Assert.False(Files.RemoveTree(tree));
    }

    [SkippableFact]
    public void What_we_set_a_stranger_reads()
    {
        File.WriteAllText(Path.Combine(_directory, "probe"), "");
        Skip.If(
            Syscall.setxattr(Path.Combine(_directory, "probe"), "user.test", [1]) != 0,
            "the temporary directory takes no user attributes"
        );
        string path = Path.Combine(_directory, "file");
        using FileDescriptor directory = Files.OpenDirectory(_directory);
        using (FileDescriptor file = Files.OpenAt(directory, "file", Libc.O_RDWR | Libc.O_CREAT | Libc.O_EXCL, Modes.Mode0600))
        {
            file.Write("hello"u8);
            Files.ChangeMode(file, Modes.Mode0777);
            Files.SetTimes(file, null, -1_500_000_000);
            Files.SetAttribute(file, "user.test", "value"u8);
        }

        Files.LinkAt(directory, "file", directory, "second");
        Files.SymlinkAt("file", directory, "link");
        Assert.Equal(0, Syscall.stat(path, out Stat stat));
        Assert.Equal((Modes.Mode0777, 5L, 2UL), ((uint)stat.st_mode & Modes.AllBits, stat.st_size, stat.st_nlink));
        Assert.Equal((-2, 500_000_000), (stat.st_mtime, stat.st_mtime_nsec));
        Assert.Equal(5, Syscall.getxattr(path, "user.test", out byte[] value));
        Assert.Equal("value"u8, value);
        Assert.Equal(["user.test"], Files.ListAttributesAt(directory, "file"));
        Assert.Null(Files.GetAttributeAt(directory, "link", "user.test"));
        Assert.Equal("file", Files.ReadLinkAt(directory, "link"));
    }

    [Fact]
    public void A_descriptor_is_closed_on_exec()
    {
        using FileDescriptor file = Files.Open("/etc/passwd");
        (FileDescriptor read, FileDescriptor write) = Files.CreatePipe();
        using (read)
        using (write)
        using (FileDescriptor copy = file.DuplicateAbove(40))
        {
            Assert.True(copy.Number >= 40);
            foreach (FileDescriptor one in (FileDescriptor[])[file, read, write, copy])
            {
                Assert.Equal(1, Syscall.fcntl(one.Number, FcntlCommand.F_GETFD));
            }
        }
    }

    [Fact]
    public void A_tree_is_removed_without_following_links_out_of_it()
    {
        string keep = Path.Combine(_directory, "keep"),
            gone = Path.Combine(_directory, "gone");
        Directory.CreateDirectory(keep);
        File.WriteAllText(Path.Combine(keep, "file"), "stay");
        Directory.CreateDirectory(Path.Combine(gone, "a/b/c"));
        File.WriteAllText(Path.Combine(gone, "a/b/file"), "");
        Directory.CreateSymbolicLink(Path.Combine(gone, "a/out"), keep);

        Assert.True(Files.RemoveTree(gone));

        Assert.False(Directory.Exists(gone));
        Assert.True(File.Exists(Path.Combine(keep, "file")));
        Assert.False(Files.RemoveTree(gone));
    }

    [Fact]
    public void A_tree_is_removed_whatever_bytes_its_names_have_and_however_deep_it_is()
    {
        string gone = Path.Combine(_directory, "gone");
        Directory.CreateDirectory(gone);
        using (FileDescriptor top = Files.OpenDirectory(gone))
        {
            Assert.Equal(0, TreeCalls.MakeDirectory(top.Number, [0xff, 0xfe, 0], Modes.Mode0700));
            Assert.Equal(0, TreeCalls.MakeDirectory(top.Number, [0xff, 0xfe, (byte)'/', 0xc3, 0], Modes.Mode0700));
            Assert.Equal(
                0,
                TreeCalls.SymbolicLink("x"u8.ToArray().Append((byte)0).ToArray(), top.Number, [0xff, 0xfe, (byte)'/', 0xe9, 0])
            );
        }

        // Deeper than a path, and than the descriptors that a process may have.
        using (FileDescriptor top = Files.OpenDirectory(gone))
        {
            int at = TreeCalls.Open(top.Number, ".\0"u8, Posix.O_RDONLY | Posix.O_DIRECTORY);
            for (int i = 0; i < 1500; i++)
            {
                Assert.Equal(0, TreeCalls.MakeDirectory(at, "deeper\0"u8, Modes.Mode0700));
                int below = TreeCalls.Open(at, "deeper\0"u8, Posix.O_RDONLY | Posix.O_DIRECTORY);
                TreeCalls.Close(at);
                at = below;
            }

            TreeCalls.Close(at);
        }

        Assert.True(Files.RemoveTree(gone));

        Assert.False(Directory.Exists(gone));
    }

    [Fact]
    public void A_directory_of_many_entries_is_read_whole()
    {
        string[] names = [.. Enumerable.Range(0, 3000).Select(index => $"file-with-a-rather-long-name-{index:D5}")];
        foreach (string name in names)
        {
            File.WriteAllText(Path.Combine(_directory, name), "");
        }

        using FileDescriptor directory = Files.OpenDirectory(_directory);

        Assert.Equal(names, Files.ReadDirectory(directory).Select(entry => entry.Name).Order(StringComparer.Ordinal));
        Assert.Equal(3000, Files.ReadDirectory(directory).Count);
    }

    [Fact]
    public void Names_are_reserved_by_one_symlink_call()
    {
        using FileDescriptor directory = Files.OpenDirectory(_directory);

        Assert.True(Files.TrySymlinkAt("first", directory, "name"));
        Assert.False(Files.TrySymlinkAt("second", directory, "name"));
        Assert.Equal("first", Files.ReadLinkAt(directory, "name"));
    }

    [Fact]
    public void A_sealed_memory_file_cannot_be_written()
    {
        using FileDescriptor memory = Files.CreateMemoryFile("plan");
        memory.Write("plan"u8);
        Files.AddSeals(memory, Libc.F_SEAL_WRITE | Libc.F_SEAL_SHRINK | Libc.F_SEAL_GROW | Libc.F_SEAL_SEAL);

        LinuxException failure = Assert.Throws<LinuxException>(() => memory.Write("more"u8));

        Assert.Equal(Libc.EPERM, failure.Errno);
    }

    // gnu/sysmacros.h: 32 bits of each number, spread so that the old 16-bit numbers stay what they were.
    [Theory]
    [InlineData(1, 3, 0x103)]
    [InlineData(254, 0, 0xfe00)]
    [InlineData(4095, 1048575, 0xffffffff)]
    [InlineData(70000, 4000000, 0x11003d0917000)]
    public void Device_numbers_are_packed_as_glibc_does(uint major, uint minor, ulong packed)
    {
        Assert.Equal(
            (major, minor),
            (DeviceNumbers.Major(DeviceNumbers.Make(major, minor)), DeviceNumbers.Minor(DeviceNumbers.Make(major, minor)))
        );
        Assert.Equal(packed, DeviceNumbers.Make(major, minor));
    }
}
