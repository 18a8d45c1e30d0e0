using ContainerPS.Native.Launch;

namespace ContainerPS.Native.Shim.Operations;

/// <summary>Kills all of a cgroup: needed where the container shares a pid namespace, so that the end of init ends nothing else.</summary>
internal static unsafe class CgroupKill
{
    private const int Rounds = 500;
    private const int Capacity = 4096;

    public static long Run(int directory)
    {
        ReadOnlySpan<byte> name = "cgroup.kill\0"u8;
        long file = Sys.OpenAt(directory, (byte*)name.Pointer, O_WRONLY);
        if (file < 0)
        {
            return KillByRounds(directory);
        }

        // Linux 5.14: the kernel kills the whole tree at once, forks in flight included.
        byte one = (byte)'1';
        long result = Sys.Write(file, &one, 1);
        Sys.Close(file);
        return result;
    }

    /// <summary>cgroup v1, and v2 before Linux 5.14: processes that fork meanwhile are met in the next round.</summary>
    private static long KillByRounds(int directory)
    {
        for (int round = 0; round < Rounds; round++)
        {
            long killed = KillListed(directory);
            if (killed <= 0)
            {
                return killed;
            }

            Thaw(directory);
            Sys.Sleep(1);
        }

        return -EBUSY;
    }

    /// <summary>
    /// A frozen process of v1 dies of its signal only when it runs again. In another hierarchy than the freezer's there is no such file.
    /// </summary>
    private static void Thaw(int directory)
    {
        ReadOnlySpan<byte> name = "freezer.state\0"u8;
        long file = Sys.OpenAt(directory, (byte*)name.Pointer, O_WRONLY);
        if (file < 0)
        {
            return;
        }

        ReadOnlySpan<byte> thawed = "THAWED"u8;
        Sys.Write(file, thawed.Pointer, thawed.Length);
        Sys.Close(file);
    }

    private static long KillListed(int directory)
    {
        ReadOnlySpan<byte> name = "cgroup.procs\0"u8;
        long file = Sys.OpenAt(directory, (byte*)name.Pointer, O_RDONLY);
        if (file < 0)
        {
            return file == -ENOENT ? 0 : file;
        }

        byte* buffer = stackalloc byte[Capacity];
        long count = 0;
        long pid = 0;
        long length;
        while ((length = Sys.Read(file, buffer, Capacity)) > 0)
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
}
