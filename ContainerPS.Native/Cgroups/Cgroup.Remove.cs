using ContainerPS.Native.Linux;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Cgroups;

/// <content>The end of a group.</content>
public abstract partial class Cgroup
{
    /// <summary>
    /// Removes the group and what was made below it. The kernel refuses while a process is there, and for a moment after the last one was
    /// reaped: it is tried again until the time is up. No error when it does not exist.
    /// </summary>
    /// <exception cref="CgroupException">Busy; names processes that are still there. Nothing is killed: that is
    /// <see cref="Kill"/>.</exception>
    public void Remove(TimeSpan timeout) => RemoveTrees(Directories(), timeout);

    /// <summary>
    /// Takes back what <see cref="CgroupHost.Create"/> of this object made, after a start that failed. A group that is all new is killed
    /// and removed: only the start can have filled it. Of a group that was there before, in any hierarchy, no process is touched, and only
    /// the directories that were added are removed.
    /// </summary>
    /// <exception cref="CgroupException">Busy.</exception>
    public void TakeBack(TimeSpan timeout)
    {
        if (IsNew)
        {
            Kill();
        }

        RemoveTrees(Made(), timeout);
    }

    private void RemoveTrees(IEnumerable<CgroupDirectory> directories, TimeSpan timeout)
    {
        long end = Environment.TickCount64 + (long)timeout.TotalMilliseconds;
        foreach (CgroupDirectory directory in directories)
        {
            while (!TryRemoveTree(directory))
            {
                if (Environment.TickCount64 >= end)
                {
                    throw StillBusy(directory);
                }

                Thread.Sleep(1);
            }
        }
    }

    /// <summary>Processes of a directory and those below, from one of the hierarchies.</summary>
    private protected static void Collect(CgroupDirectory directory, string file, HashSet<int> pids)
    {
        foreach (string line in ControlText.Lines(directory.TryRead(file)))
        {
            // 0 is a process of a pid namespace that is not ours to see: it cannot be signalled by number.
            if (ControlText.Number(line) is > 0 and var pid)
            {
                pids.Add((int)pid);
            }
        }

        foreach (CgroupDirectory child in directory.Children())
        {
            Collect(child, file, pids);
        }
    }

    /// <summary>Sends SIGKILL to what is in the group, by descriptor: a pid that ended and was used again is another process.</summary>
    private protected void SignalAll()
    {
        List<(int Pid, Pidfd Process)> opened = [];
        try
        {
            foreach (int pid in Processes())
            {
                if (Pidfd.TryOpen(pid) is { } process)
                {
                    opened.Add((pid, process));
                }
            }

            HashSet<int> still = [.. Processes()];
            foreach ((int pid, Pidfd process) in opened.Where(entry => still.Contains(entry.Pid)))
            {
                process.SendSignal(Signal.Kill);
            }
        }
        finally
        {
            opened.ForEach(entry => entry.Process.Dispose());
        }
    }

    private static bool TryRemoveTree(CgroupDirectory directory)
    {
        int errno = directory.TryRemove();
        if (errno is EBUSY or ENOTEMPTY)
        {
            bool cleared = directory.Children().All(TryRemoveTree);
            errno = cleared ? directory.TryRemove() : errno;
        }

        return errno switch
        {
            0 or ENOENT => true,
            EBUSY or ENOTEMPTY => false,
            _ => throw new LinuxException($"rmdir(\"{directory.Path}\")", errno),
        };
    }

    private CgroupException StillBusy(CgroupDirectory directory)
    {
        IReadOnlyList<int> pids = Processes();
        string who = pids.Count == 0 ? "" : $" (processes {string.Join(", ", pids.Take(8))})";
        return new(CgroupErrorKind.Busy, $"The control group {directory.Path} is still in use{who}.", "End its processes first.")
        {
            Path = Path,
            File = directory.Path,
            Errno = EBUSY,
        };
    }
}
