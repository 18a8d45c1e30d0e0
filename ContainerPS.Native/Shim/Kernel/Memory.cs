namespace ContainerPS.Native.Shim.Kernel;

/// <summary>
/// What a C library's mem* functions would do. Byte loops: nothing here is long, and the linker refuses (as it should) the block moves that the
/// compiler would make of big structure copies.
/// </summary>
internal static unsafe class Memory
{
    public static void Clear(void* target, long length)
    {
        byte* bytes = (byte*)target;
        for (long i = 0; i < length; i++)
            bytes[i] = 0;
    }

    public static void Copy(void* target, void* source, long length)
    {
        byte* to = (byte*)target;
        byte* from = (byte*)source;
        for (long i = 0; i < length; i++)
            to[i] = from[i];
    }

    public static long LengthOf(byte* text)
    {
        long length = 0;
        while (text[length] != 0)
            length++;
        return length;
    }

    public static bool StartsWith(byte* text, byte* prefix, long length)
    {
        for (long i = 0; i < length; i++)
        {
            if (text[i] != prefix[i])
                return false;
        }

        return true;
    }

    public static bool Is(byte* text, ReadOnlySpan<byte> literal) =>
        StartsWith(text, (byte*)literal.Pointer, literal.Length) && text[literal.Length] == 0;
}
