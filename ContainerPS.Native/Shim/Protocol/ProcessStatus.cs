namespace ContainerPS.Native.Shim.Protocol;

/// <summary>What /proc/PID/stat tells: the flags and the start time.</summary>
internal static unsafe class ProcessStatus
{
    public struct Fields
    {
        public long Flags;
        public long StartTicks;

        /// <summary>Zombie or less.</summary>
        public bool IsDead;
    }

    private const int BufferSize = 768;

    /// <summary>`pid` 0 means the caller itself.</summary>
    public static bool TryRead(int pid, out Fields fields)
    {
        fields.Flags = 0;
        fields.StartTicks = 0;
        fields.IsDead = false;
        byte* buffer = stackalloc byte[BufferSize];
        long length = ReadFile(pid, "/stat"u8, buffer);
        if (length <= 0)
        {
            return false;
        }

        buffer[length] = 0;
        fields.Flags = Field(buffer, length, 9);
        fields.StartTicks = Field(buffer, length, 22);
        fields.IsDead = *Start(buffer, length, 3) is (byte)'Z' or (byte)'X' or (byte)'x';
        return fields.StartTicks > 0;
    }

    /// <summary>Its memory is as yet its own: /proc/PID/statm of a dying process is all zeros.</summary>
    public static bool HasMemory(int pid)
    {
        byte* buffer = stackalloc byte[BufferSize];
        return ReadFile(pid, "/statm"u8, buffer) > 0 && buffer[0] is > (byte)'0' and <= (byte)'9';
    }

    private static long ReadFile(int pid, ReadOnlySpan<byte> name, byte* buffer)
    {
        TextBuffer path = new(buffer, 64);
        path.Literal("/proc/"u8);
        if (pid == 0)
        {
            path.Literal("self"u8);
        }
        else
        {
            path.Number(pid);
        }

        path.Literal(name);
        path.End();
        long file = Sys.Open(buffer, O_RDONLY);
        if (file < 0)
        {
            return file;
        }

        long length = Sys.Read(file, buffer, BufferSize - 1);
        Sys.Close(file);
        return length;
    }

    /// <summary>
    /// The second field is the name in parentheses, in which anything may stand: fields are counted from the last parenthesis on.
    /// </summary>
    private static byte* Start(byte* text, long length, int number)
    {
        byte* at = text + length;
        while (at > text && *at != ')')
        {
            at--;
        }

        for (int field = 2; field < number && *at != 0; )
        {
            if (*at++ == ' ')
            {
                field++;
            }
        }

        return at;
    }

    private static long Field(byte* text, long length, int number)
    {
        byte* at = Start(text, length, number);
        long value = 0;
        while (*at is >= (byte)'0' and <= (byte)'9')
        {
            value = value * 10 + (*at++ - '0');
        }

        return value;
    }
}
