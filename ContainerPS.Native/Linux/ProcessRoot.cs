using ContainerPS.Native.Interop;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Linux;

/// <summary>
/// Whether this process sees its mount namespace from the namespace's root, or from a directory that chroot(2) gave it for one.
/// </summary>
public static class ProcessRoot
{
    private const int StackBytes = 128 * 1024;

    private static readonly Lazy<bool> _isChroot = new(Probe);

    /// <summary>Asked once a process. False where it cannot be asked (without root).</summary>
    public static bool IsChroot => _isChroot.Value;

    /// <summary>
    /// Joining its own mount namespace moves a thread's root to the namespace's (man 2 setns): if that is another directory, the root was
    /// changed. No file tells it: a chroot on a mount point looks like a root in /proc/self/mountinfo. The thread has a root of its own for
    /// it, and ends.
    /// </summary>
    private static bool Probe()
    {
        bool isChroot = false;
        var thread = new Thread(() => isChroot = RootMoves(), StackBytes) { IsBackground = true, Name = "containerps root" };
        thread.Start();
        thread.Join();
        return isChroot;
    }

    private static bool RootMoves()
    {
        if (unshare(CLONE_FS) < 0)
        {
            return false;
        }

        using FileDescriptor? own = Files.TryOpenAt(FileDescriptor.CurrentDirectory, "/proc/thread-self/ns/mnt");
        (ulong MountId, ulong Inode) before = Identity();
        return own is not null && setns(own, CLONE_NEWNS) == 0 && Identity() != before;
    }

    private static (ulong MountId, ulong Inode) Identity()
    {
        FileStatus root = Files.Status("/");
        return (root.MountId, root.Inode);
    }
}
