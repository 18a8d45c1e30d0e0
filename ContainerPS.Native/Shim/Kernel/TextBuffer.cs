using System.Runtime.CompilerServices;

namespace ContainerPS.Native.Shim.Kernel;

/// <summary>
/// Text written into memory of the caller's. Nothing of it is inlined: an idle monitor is measured with its code. What does not fit is left
/// out and <see cref="Overflowed"/> says so.
/// </summary>
internal unsafe struct TextBuffer
{
    private readonly byte* _start;
    private readonly long _capacity;

    public TextBuffer(byte* start, long capacity)
    {
        this._start = start;
        this._capacity = capacity;
        Length = 0;
        Overflowed = false;
    }

    public long Length;
    public bool Overflowed;

    public readonly byte* Start => _start;

    public readonly long Room => _capacity - Length;

    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Byte(byte value)
    {
        if (Length < _capacity)
        {
            _start[Length++] = value;
        }
        else
        {
            Overflowed = true;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Bytes(byte* text, long length)
    {
        for (long i = 0; i < length; i++)
        {
            Byte(text[i]);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Literal(ReadOnlySpan<byte> text) => Bytes((byte*)text.Pointer, text.Length);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public void String(byte* text) => Bytes(text, Memory.LengthOf(text));

    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Number(long value)
    {
        if (value < 0)
        {
            Byte((byte)'-');
            Digits((ulong)-value, 1);
        }
        else
        {
            Digits((ulong)value, 1);
        }
    }

    /// <summary>Decimal, with zeros in front up to `width`.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Digits(ulong value, int width)
    {
        byte* digits = stackalloc byte[20];
        int count = 0;
        do
        {
            digits[count++] = (byte)('0' + value % 10);
            value /= 10;
        } while (value != 0);
        for (int i = count; i < width; i++)
        {
            Byte((byte)'0');
        }

        while (count > 0)
        {
            Byte(digits[--count]);
        }
    }

    /// <summary>A NUL for the kernel, which is not part of the text's length.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void End()
    {
        if (Length < _capacity)
        {
            _start[Length] = 0;
        }
        else
        {
            Overflowed = true;
        }
    }
}
