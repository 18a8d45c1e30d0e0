using ContainerPS.Native.Launch;

namespace ContainerPS.Native.Shim.Operations;

/// <summary>
/// Text into files of the kernel: one open, one write, one close, because most of them (uid_map, cgroup files) take a value by one write
/// only.
/// </summary>
internal static unsafe class Writing
{
    private const int PathCapacity = 512;
    private const int TextCapacity = 4096;

    public static long File(PlanOperation* operation)
    {
        byte* buffer = stackalloc byte[PathCapacity];
        byte* path = (byte*)Interpreter.Value(operation, 1);
        long length = Memory.LengthOf(path);

        // /proc/PID/…: known only after the clone, which is why plans may have numbers in their paths.
        if (HasMarks(path, length))
        {
            TextBuffer filled = new(buffer, PathCapacity);
            Fill(ref filled, path, length, operation);
            filled.End();
            if (filled.Overflowed)
            {
                return -ENAMETOOLONG;
            }

            path = buffer;
        }

        long flags = operation->Aux == 0 ? O_WRONLY : operation->Aux;
        long file = Sys.OpenAt(
            Interpreter.Value(operation, 0),
            path,
            flags,
            Modes.Mode0644 /* 0644 */
        );
        if (file < 0)
        {
            return file;
        }

        long result = Text(file, operation);
        Sys.Close(file);
        return result;
    }

    public static long Descriptor(PlanOperation* operation) => Text(Interpreter.Value(operation, 0), operation);

    private static long Text(long file, PlanOperation* operation)
    {
        byte* text = (byte*)Interpreter.Value(operation, 2);
        long length = Interpreter.Value(operation, 3);

        // Straight from the block when there is nothing to fill in: an environment or a device list may be longer than any buffer here.
        if (!HasMarks(text, length))
        {
            return Whole(file, text, length);
        }

        byte* buffer = stackalloc byte[TextCapacity];
        TextBuffer filled = new(buffer, TextCapacity);
        Fill(ref filled, text, length, operation);
        return filled.Overflowed ? -ENAMETOOLONG : Whole(file, buffer, filled.Length);
    }

    private static long Whole(long file, byte* text, long length)
    {
        // A kernel file that takes only a part has understood only a part; the rest is not sent after it.
        long written = Sys.Write(file, text, length);
        return written < 0 || written == length ? written : -ENOSPC;
    }

    private static bool HasMarks(byte* text, long length)
    {
        for (long i = 0; i < length; i++)
        {
            if (text[i] is PlanFormat.FirstNumber or PlanFormat.SecondNumber)
            {
                return true;
            }
        }

        return false;
    }

    private static void Fill(ref TextBuffer target, byte* text, long length, PlanOperation* operation)
    {
        for (long i = 0; i < length; i++)
        {
            if (text[i] == PlanFormat.FirstNumber)
            {
                target.Number(Interpreter.Value(operation, 4));
            }
            else if (text[i] == PlanFormat.SecondNumber)
            {
                target.Number(Interpreter.Value(operation, 5));
            }
            else
            {
                target.Byte(text[i]);
            }
        }
    }
}
