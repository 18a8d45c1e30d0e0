using ContainerPS.Native.Launch;
using ContainerPS.Native.Shim.Protocol;

namespace ContainerPS.Native.Shim.Monitoring;

/// <summary>
/// How often the kernel killed for memory in the container's cgroup: `oom_kill N` in memory.oom_control (v1) or memory.events (v2).
/// </summary>
internal static unsafe class OomCounter
{
    private const int Capacity = 1024;

    private static long _atStart;

    public static void Remember() => _atStart = Read();

    public static bool HasRisen => Read() > _atStart;

    /// <summary>0 when there is no such file (any more).</summary>
    public static long Read()
    {
        PlanMonitor* monitor = PlanBlock.Monitor;
        if (monitor == null || monitor->OomPath == 0 || monitor->OomKey == 0)
        {
            return 0;
        }

        long file = Sys.Open(PlanBlock.Text(monitor->OomPath), O_RDONLY);
        if (file < 0)
        {
            return 0;
        }

        byte* buffer = stackalloc byte[Capacity];
        long length = Sys.Read(file, buffer, Capacity - 1);
        Sys.Close(file);
        if (length <= 0)
        {
            return 0;
        }

        buffer[length] = 0;
        return Value(buffer, PlanBlock.Text(monitor->OomKey));
    }

    private static long Value(byte* text, byte* key)
    {
        long length = Memory.LengthOf(key);
        for (byte* line = text; *line != 0; line = NextLine(line))
        {
            if (Memory.StartsWith(line, key, length) && line[length] == (byte)' ')
            {
                return Number(line + length + 1);
            }
        }

        return 0;
    }

    private static byte* NextLine(byte* at)
    {
        while (*at != 0 && *at != (byte)'\n')
        {
            at++;
        }

        return *at == 0 ? at : at + 1;
    }

    private static long Number(byte* at)
    {
        long value = 0;
        while (*at is >= (byte)'0' and <= (byte)'9')
        {
            value = value * 10 + (*at++ - '0');
        }

        return value;
    }
}
