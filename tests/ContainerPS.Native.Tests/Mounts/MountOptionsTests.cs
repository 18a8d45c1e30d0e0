using ContainerPS.Native.Interop;
using ContainerPS.Native.Mounts;

namespace ContainerPS.Native.Tests.Mounts;

public sealed class MountOptionsTests
{
    [Fact]
    public void Options_are_sorted_by_who_takes_them()
    {
        var options = MountOptions.Parse(["nosuid", "nodev", "noexec", "ro", "rslave", "mode=755", "size=64k", "tmpcopyup", "defaults"]);

        Assert.Equal((uint)(Libc.MS_NOSUID | Libc.MS_NODEV | Libc.MS_NOEXEC | Libc.MS_RDONLY), options.Flags);
        Assert.Equal([(uint)(Libc.MS_SLAVE | Libc.MS_REC)], options.Propagation);
        Assert.Equal("mode=755,size=64k", options.Data);
        Assert.True(options.TmpCopyUp);
        Assert.Equal(
            (ulong)(Libc.MOUNT_ATTR_NOSUID | Libc.MOUNT_ATTR_NODEV | Libc.MOUNT_ATTR_NOEXEC | Libc.MOUNT_ATTR_RDONLY),
            options.AttributesSet
        );
    }

    [Fact]
    public void The_later_option_wins()
    {
        var options = MountOptions.Parse(["ro", "rw", "noexec", "noatime", "relatime"]);

        Assert.Equal((uint)(Libc.MS_NOEXEC | Libc.MS_RELATIME), options.Flags);
        Assert.Equal((uint)(Libc.MS_RDONLY | Libc.MS_NOATIME | Libc.MS_STRICTATIME), options.ClearedFlags);
        Assert.False(options.IsReadOnly);
        Assert.Equal((ulong)(Libc.MOUNT_ATTR_RDONLY | Libc.MOUNT_ATTR__ATIME), options.AttributesCleared);
    }

    [Fact]
    public void A_plain_bind_needs_no_second_call()
    {
        Assert.False(MountOptions.Parse(["rbind"]).NeedsRemount);
        Assert.True(MountOptions.Parse(["rbind"]).IsRecursiveBind);
        Assert.True(MountOptions.Parse(["bind", "ro"]).NeedsRemount);
        Assert.True(MountOptions.Parse(["bind", "rw"]).NeedsRemount);
    }

    [Fact]
    public void Recursive_options_become_attributes_of_the_whole_tree()
    {
        var options = MountOptions.Parse(["rbind", "rro", "rnosuid", "rexec", "rnoatime", "ridmap"]);

        Assert.Equal((ulong)(Libc.MOUNT_ATTR_RDONLY | Libc.MOUNT_ATTR_NOSUID | Libc.MOUNT_ATTR_NOATIME), options.RecursiveSet);
        Assert.Equal((ulong)(Libc.MOUNT_ATTR_NOEXEC | Libc.MOUNT_ATTR__ATIME), options.RecursiveCleared);
        Assert.True(options.IsIdMapRecursive);
        Assert.Equal("", options.Data);
    }

    // runtime-spec config-linux.md lists them; each must be known, or it would end up as an option of the file system.
    [Theory]
    [InlineData(
        "async atime bind defaults dev diratime dirsync exec iversion lazytime loud mand noatime nodev nodiratime noexec "
            + "noiversion nolazytime nomand"
    )]
    [InlineData(
        "norelatime nostrictatime nosuid nosymfollow private ratime "
            + "rbind rdev rdiratime relatime remount rexec rnoatime rnodev rnodiratime rnoexec"
    )]
    [InlineData(
        "rnorelatime rnostrictatime rnosuid rnosymfollow ro rprivate rrelatime rro rrw "
            + "rshared rslave rstrictatime rsuid rsymfollow runbindable rw"
    )]
    [InlineData("shared silent slave strictatime suid symfollow sync tmpcopyup unbindable idmap ridmap")]
    public void Every_name_of_the_specification_is_known(string names) =>
        Assert.All(names.Split(' '), name => Assert.Equal("", MountOptions.Parse([name]).Data));

    [Fact]
    public void An_overlay_says_that_layers_cannot_redirect()
    {
        OverlayOptions overlay = new()
        {
            LowerDirectories = ["/l/a:b", "/l/c"],
            UpperDirectory = "/u,p",
            WorkDirectory = "/w",
            IsVolatile = true,
        };

        Assert.Equal("lowerdir=/l/a\\:b:/l/c,upperdir=/u\\,p,workdir=/w,metacopy=off,redirect_dir=off,volatile", overlay.ToData());
        Assert.Equal(
            [
                new("lowerdir+", "/l/a:b"),
                new("lowerdir+", "/l/c"),
                new("upperdir", "/u,p"),
                new("workdir", "/w"),
                new("metacopy", "off"),
                new("redirect_dir", "off"),
                new("volatile", null),
            ],
            overlay.ToParameters()
        );
    }

    [Fact]
    public void More_layers_than_a_page_holds_are_refused_where_only_a_page_is_taken()
    {
        OverlayOptions overlay = new()
        {
            LowerDirectories = [.. Enumerable.Range(0, 200).Select(index => $"l/ABCDEFGHIJKLMNOPQRSTUVWX{index:D3}")],
        };

        Assert.Throws<ArgumentException>(overlay.ToData);
        Assert.Equal(200, overlay.ToParameters().Count(parameter => parameter.Key == "lowerdir+"));
        Assert.Throws<ArgumentException>(() => (overlay with { LowerDirectories = [.. Enumerable.Repeat("l", 501)] }).ToParameters());
    }
}
