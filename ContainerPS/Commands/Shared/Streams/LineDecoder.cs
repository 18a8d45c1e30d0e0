using System.Text;

namespace ContainerPS.Commands;

/// <summary>
/// Makes lines of the bytes of one stream: UTF-8, ended by LF or CRLF. A character may be cut by the boundary of two chunks; what is no
/// UTF-8 becomes U+FFFD.
/// </summary>
internal sealed class LineDecoder(Action<string> line)
{
    private readonly Decoder _decoder = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false).GetDecoder();
    private readonly StringBuilder _pending = new();
    private readonly char[] _characters = new char[4096];

    public void Add(ReadOnlySpan<byte> bytes)
    {
        // 4 KiB of bytes never make more characters than that, also with what a cut character left behind.
        for (; bytes.Length > 0; bytes = bytes[Math.Min(bytes.Length, _characters.Length - 4)..])
        {
            Split(
                _characters.AsSpan(0, _decoder.GetChars(bytes[..Math.Min(bytes.Length, _characters.Length - 4)], _characters, flush: false))
            );
        }
    }

    /// <summary>The stream has ended: a last line without LF counts.</summary>
    public void Complete()
    {
        Split(_characters.AsSpan(0, _decoder.GetChars([], _characters, flush: true)));
        if (_pending.Length > 0)
        {
            Emit();
        }
    }

    private void Split(ReadOnlySpan<char> text)
    {
        for (int end; (end = text.IndexOf('\n')) >= 0; text = text[(end + 1)..])
        {
            _pending.Append(text[..end]);
            Emit();
        }

        _pending.Append(text);
    }

    private void Emit()
    {
        int length = _pending.Length;
        if (length > 0 && _pending[length - 1] == '\r')
        {
            length--;
        }

        line(_pending.ToString(0, length));
        _pending.Clear();
    }
}
