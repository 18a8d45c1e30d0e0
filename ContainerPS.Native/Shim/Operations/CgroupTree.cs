using ContainerPS.Native.Launch;

namespace ContainerPS.Native.Shim.Operations;

/// <summary>
/// A cgroup with the groups that were made below it: the end of its processes, and its removal. Nothing here recurses, so that a
/// container may make groups as deep and as many as the kernel lets it: always the deepest one goes first.
/// </summary>
/// <remarks>
/// All times are of <see cref="Sys.MonotonicMilliseconds"/>. EBUSY is the answer when the time is up.
/// </remarks>
internal static unsafe class CgroupTree
{
    private const int ListCapacity = 4096;
    private const int EntriesCapacity = 2048;
    private const int NameCapacity = 256;
    private const byte DT_DIR = 4;

    private static ReadOnlySpan<byte> Freezer => "freezer.state\0"u8;

    /// <summary>
    /// True where nobody else waits for children: a zombie that the container left to us (we are its subreaper) is reaped meanwhile. False
    /// while the container's first process has not been waited for: its exit status would be lost.
    /// </summary>
    public static bool ReapsOrphans;

    /// <summary>
    /// Ends every process of the tree and returns when none is left. Needed where the container shares a pid namespace, so that the end of
    /// its first process ends nothing else. On v1 the groups below are removed on the way.
    /// </summary>
    public static long End(int directory, long until)
    {
        while (true)
        {
            long populated = IsPopulated(directory);
            if (populated < 0)
            {
                return EndOfV1(directory, until);
            }

            if (populated == 0)
            {
                return 0;
            }

            // Linux 5.14: the kernel kills the whole tree at once, forks in flight included.
            long result = Write(directory, "cgroup.kill\0"u8, "1"u8);
            if (result < 0)
            {
                return result;
            }

            if (!Pause(until))
            {
                return -EBUSY;
            }
        }
    }

    /// <summary>Removes the tree at an absolute path with the processes that are still in it. No error when it is not there.</summary>
    public static long Remove(byte* path, long until)
    {
        for (bool isFirst = true; ; isFirst = false)
        {
            long result = Sys.Call(SystemCall.unlinkat, AT_FDCWD, (long)path, AT_REMOVEDIR);
            if (result is 0 or -ENOENT)
            {
                return 0;
            }

            // Processes or groups below. What is no cgroup at all answers ENOTEMPTY.
            if (result is not (-EBUSY or -ENOTEMPTY) || (!isFirst && !Pause(until)))
            {
                return result;
            }

            long directory = Sys.Open(path, O_RDONLY | O_DIRECTORY);
            if (directory < 0)
            {
                continue;
            }

            End((int)directory, until);
            RemoveBelow((int)directory, until);
            Sys.Close(directory);
        }
    }

    private static long EndOfV1(int directory, long until)
    {
        long result = RemoveBelow(directory, until);
        return result < 0 ? result : Empty(directory, directory, until);
    }

    /// <summary>v2: 1 or 0, for the group and all below it (cgroup.events). Negative on v1.</summary>
    private static long IsPopulated(int directory)
    {
        ReadOnlySpan<byte> name = "cgroup.events\0"u8;
        long file = Sys.OpenAt(directory, (byte*)name.Pointer, O_RDONLY);
        if (file < 0)
        {
            return file;
        }

        byte* text = stackalloc byte[64];
        long length = Sys.Read(file, text, 63);
        Sys.Close(file);
        if (length < 0)
        {
            return length;
        }

        // "populated 1" is the first line.
        ReadOnlySpan<byte> populated = "populated 1"u8;
        return length >= populated.Length && Memory.StartsWith(text, (byte*)populated.Pointer, populated.Length) ? 1 : 0;
    }

    private static long RemoveBelow(int top, long until)
    {
        byte* name = stackalloc byte[NameCapacity];
        while (FindChild(top, name))
        {
            long result = RemoveDeepest(top, name, until);
            if (result < 0)
            {
                return result;
            }
        }

        return 0;
    }

    /// <summary>
    /// Goes down from the group `name` along the first child of each to one that has none, empties that and removes it. 0 too where
    /// another try makes sense.
    /// </summary>
    private static long RemoveDeepest(int top, byte* name, long until)
    {
        long parent = top;
        long group = OpenGroup(parent, name);
        while (group >= 0 && FindChild(group, name))
        {
            if (parent != top)
            {
                Sys.Close(parent);
            }

            // Only v1 has this file: the container may have frozen it, and with it what is below.
            Write((int)group, Freezer, "THAWED"u8);
            parent = group;
            group = OpenGroup(parent, name);
        }

        long result = group;
        if (group >= 0)
        {
            result = Empty(top, (int)group, until);
            Sys.Close(group);
            if (result >= 0)
            {
                result = Sys.Call(SystemCall.unlinkat, parent, (long)name, AT_REMOVEDIR);
            }
        }

        if (parent != top)
        {
            Sys.Close(parent);
        }

        // Somebody has removed it, or made another one below it, or moved a process into it: looked at again from the top.
        return result is -ENOENT or -EBUSY ? (Pause(until) ? 0 : -EBUSY) : result;
    }

    private static long OpenGroup(long parent, byte* name) => Sys.OpenAt(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);

    /// <summary>Ends the processes of one group. `top` is what can be frozen: a process cannot fork out of a frozen group.</summary>
    private static long Empty(int top, int group, long until)
    {
        long listed = KillListed(group);
        while (listed > 0)
        {
            if (!Pause(until))
            {
                return -EBUSY;
            }

            // Most have ended by now. A process that forks faster than it is killed is frozen first, and a frozen process of v1 dies of its
            // signal only when it runs again. In another hierarchy than the freezer's there is no such file.
            Write(top, Freezer, "FROZEN"u8);
            listed = KillListed(group);
            Write(group, Freezer, "THAWED"u8);
            Write(top, Freezer, "THAWED"u8);
        }

        return listed;
    }

    /// <summary>How many processes are listed; all of them have the signal.</summary>
    private static long KillListed(int group)
    {
        ReadOnlySpan<byte> name = "cgroup.procs\0"u8;
        long file = Sys.OpenAt(group, (byte*)name.Pointer, O_RDONLY);
        if (file < 0)
        {
            return file == -ENOENT ? 0 : file;
        }

        byte* buffer = stackalloc byte[ListCapacity];
        long count = 0;
        long pid = 0;
        long length;
        while ((length = Sys.Read(file, buffer, ListCapacity)) > 0)
        {
            // A number may be cut by the buffer's end: `pid` carries over.
            for (long i = 0; i < length; i++)
            {
                if (buffer[i] is >= (byte)'0' and <= (byte)'9')
                {
                    pid = pid * 10 + (buffer[i] - '0');
                    continue;
                }

                // 0 is a process of a namespace that we do not see; and kill(0) would be our own group.
                if (pid > 0)
                {
                    Sys.Call(SystemCall.kill, pid, SIGKILL);
                }

                count++;
                pid = 0;
            }
        }

        Sys.Close(file);
        return count;
    }

    /// <summary>The first group below, if there is one; else `name` stays as it was.</summary>
    private static bool FindChild(long directory, byte* name)
    {
        ReadOnlySpan<byte> self = ".\0"u8;

        // A descriptor of its own: its position is that of the listing, and the one given may be O_PATH.
        long listing = Sys.OpenAt(directory, (byte*)self.Pointer, O_RDONLY | O_DIRECTORY);
        if (listing < 0)
        {
            return false;
        }

        bool isFound = FindDirectory(listing, name);
        Sys.Close(listing);
        return isFound;
    }

    private static bool FindDirectory(long listing, byte* name)
    {
        byte* entries = stackalloc byte[EntriesCapacity];
        long length;
        while ((length = Sys.Call(SystemCall.getdents64, listing, (long)entries, EntriesCapacity)) > 0)
        {
            // struct linux_dirent64: d_ino (8), d_off (8), d_reclen (2), d_type (1), d_name.
            for (long at = 0; at < length; at += *(ushort*)(entries + at + 16))
            {
                byte* found = entries + at + 19;
                if (entries[at + 18] != DT_DIR || Memory.Is(found, "."u8) || Memory.Is(found, ".."u8))
                {
                    continue;
                }

                Memory.Copy(name, found, Memory.LengthOf(found) + 1);
                return true;
            }
        }

        return false;
    }

    private static long Write(int directory, ReadOnlySpan<byte> name, ReadOnlySpan<byte> text)
    {
        long file = Sys.OpenAt(directory, (byte*)name.Pointer, O_WRONLY);
        if (file < 0)
        {
            return file;
        }

        long result = Sys.Write(file, text.Pointer, text.Length);
        Sys.Close(file);
        return result;
    }

    /// <summary>A moment for killed processes to end; false when the time is up.</summary>
    private static bool Pause(long until)
    {
        if (Sys.MonotonicMilliseconds() >= until)
        {
            return false;
        }

        if (ReapsOrphans)
        {
            siginfo info;
            do
            {
                info.si_pid = 0;
            } while (Sys.Call(SystemCall.waitid, P_ALL, 0, (long)&info, WEXITED | WNOHANG | __WALL) >= 0 && info.si_pid != 0);
        }

        Sys.Sleep(1);
        return true;
    }
}
