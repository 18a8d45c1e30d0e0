using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Tests.Containers;

/// <summary>An engine in a chroot: its containers' mount namespaces would have the host's root at their bottom.</summary>
[Collection(KernelTests.Name)]
public sealed class ContainersChrootTests : IDisposable
{
    private readonly TestStore _store = new();
    private readonly string _root = Directory.CreateTempSubdirectory("containerps-chroot-").FullName;

    public void Dispose()
    {
        _store.Dispose();
        // Its mounts were in a namespace that has ended.
        Directory.Delete(_root);
    }

    [SkippableFact]
    public void A_start_in_a_chroot_is_refused_and_the_container_stays_as_it_was()
    {
        TestStore.NeedsRoot();
        Skip.IfNot(
            File.Exists("/usr/bin/unshare") && File.Exists("/usr/sbin/chroot"),
            "unshare (util-linux) and chroot (coreutils) make the surroundings."
        );
        Assert.False(ProcessRoot.IsChroot);
        Container container = _store.Engine.Containers.Create(TestStore.Idle());

        Assert.StartsWith($"{ErrorIds.NamespaceDenied}: ", Said($"exec /usr/sbin/chroot {_root}", container), StringComparison.Ordinal);
        Assert.Contains("chroot", Said($"exec /usr/sbin/chroot {_root}", container), StringComparison.Ordinal);

        Assert.Equal(ContainerState.Created, container.State);
        Assert.Empty(_store.Monitors());
        _store.Engine.Containers.Start(container);
        Assert.Equal(ContainerState.Running, container.State);
    }

    /// <summary>
    /// The second is what switch_root does, by which hosts leave their initramfs: a chroot too, but onto the root's place.
    /// </summary>
    [SkippableTheory]
    [InlineData("cd ROOT; /usr/sbin/pivot_root . .; umount -l .; cd /; exec")]
    [InlineData("cd ROOT; mount --move . /; exec /usr/sbin/chroot .")]
    public void A_root_that_took_the_place_of_the_old_one_is_none_to_refuse(string enter)
    {
        TestStore.NeedsRoot();
        Skip.IfNot(
            File.Exists("/usr/bin/unshare") && File.Exists("/usr/sbin/pivot_root") && File.Exists("/usr/sbin/chroot"),
            "unshare, pivot_root (util-linux) and chroot make the surroundings."
        );
        Container container = _store.Engine.Containers.Create(TestStore.Idle());

        Assert.Equal("started", Said(enter.Replace("ROOT", _root, StringComparison.Ordinal), container));
    }

    /// <summary>What the other process says whose root is a recursive bind of this one's.</summary>
    private string Said(string enter, Container container)
    {
        string[] wrapper =
        [
            "/usr/bin/unshare",
            "--mount",
            "--propagation",
            "private",
            "/bin/sh",
            "-ec",
            $"mount --rbind / {_root}; {enter} \"$@\"",
            "sh",
        ];
        using var other = Starter.BeginWithin(wrapper, _store.Options, "refused", container.Id);
        return other.Said();
    }
}
