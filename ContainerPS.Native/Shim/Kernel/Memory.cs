using System.Runtime.CompilerServices;
using ContainerPS.Native.Launch;

namespace ContainerPS.Native.Shim.Kernel;

/// <summary>
/// What a C library's mem* functions would do. Byte loops: nothing here is long, and the linker refuses (as it should) the block moves that
/// the compiler would make of big structure copies.
/// </summary>
internal static unsafe class Memory
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Clear(void* target, long length)
    {
        byte* bytes = (byte*)target;
        for (long i = 0; i < length; i++)
        {
            bytes[i] = 0;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Copy(void* target, void* source, long length)
    {
        byte* to = (byte*)target;
        byte* from = (byte*)source;
        for (long i = 0; i < length; i++)
        {
            to[i] = from[i];
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static long LengthOf(byte* text)
    {
        long length = 0;
        while (text[length] != 0)
        {
            length++;
        }

        return length;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool StartsWith(byte* text, byte* prefix, long length)
    {
        for (long i = 0; i < length; i++)
        {
            if (text[i] != prefix[i])
            {
                return false;
            }
        }

        return true;
    }

    public static bool Is(byte* text, ReadOnlySpan<byte> literal) =>
        StartsWith(text, (byte*)literal.Pointer, literal.Length) && text[literal.Length] == 0;

    /// <summary>Pages below the caller's frames, which deeper calls have used and may use again: their content means nothing.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void GiveBackStack()
    {
        const ulong pageSize = 4096;
        const ulong range = 64 * pageSize;

        // What lies between here and the system call, whose frames must not become zeros under it; more than they take.
        const ulong ownFrames = 1024;
        byte here;
        ulong end = ((ulong)&here - ownFrames) & ~(pageSize - 1);

        // Where the range leaves the stack's mapping the kernel answers ENOMEM, after it has done the rest (man 2 madvise).
        Sys.Call(SystemCall.madvise, (long)(end - range), (long)range, MADV_DONTNEED);
    }
}
