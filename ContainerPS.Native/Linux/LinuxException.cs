using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ContainerPS.Native.Linux;

/// <summary>
/// A system call that failed, told as <c>strace</c> would: the call with its arguments, descriptors with the path behind them, the
/// error's name and number.
/// </summary>
/// <example><c>openat2(12 &lt;/layers/ab12&gt;, "etc/passwd", O_PATH, RESOLVE_IN_ROOT) failed: EXDEV (18), invalid cross-device
/// link</c></example>
public sealed class LinuxException : IOException
{
    public LinuxException(string call, int errno)
        : base($"{call} failed: {Linux.Errno.Name(errno)} ({errno}), {Linux.Errno.Text(errno)}")
    {
        Call = call;
        Errno = errno;
        HResult = errno;
    }

    /// <summary>The call with its arguments.</summary>
    public string Call { get; }

    /// <summary>The error number, see <c>errno(3)</c>.</summary>
    public int Errno { get; }

    /// <summary>The error's name: "ENOENT".</summary>
    public string ErrnoName => Linux.Errno.Name(Errno);

    /// <summary>Passes a result that is not negative; else throws with the last error. The text is only put together on failure.</summary>
    internal static int Check(int result, [InterpolatedStringHandlerArgument(nameof(result))] ref CallText call)
    {
        if (result < 0)
        {
            throw call.ToException();
        }

        return result;
    }

    /// <inheritdoc cref="Check(int, ref CallText)"/>
    internal static long Check(long result, [InterpolatedStringHandlerArgument(nameof(result))] ref CallText call)
    {
        if (result < 0)
        {
            throw call.ToException();
        }

        return result;
    }
}

/// <summary>
/// The text of a call, formatted only when the call failed. It takes the error number when it is constructed, because formatting a
/// descriptor makes system calls of its own.
/// </summary>
[InterpolatedStringHandler]
internal ref struct CallText
{
    private DefaultInterpolatedStringHandler _text;
    private readonly int _errno;

    public CallText(int literalLength, int formattedCount, long result, out bool failed)
    {
        failed = result < 0;
        _errno = failed ? Marshal.GetLastPInvokeError() : 0;
        _text = failed ? new DefaultInterpolatedStringHandler(literalLength, formattedCount) : default;
    }

    public CallText(int literalLength, int formattedCount, int result, out bool failed)
        : this(literalLength, formattedCount, (long)result, out failed) { }

    public void AppendLiteral(string value) => _text.AppendLiteral(value);

    public void AppendFormatted(string? value) => _text.AppendFormatted(value is null ? "NULL" : $"\"{value}\"");

    public void AppendFormatted(SafeHandle value) => _text.AppendFormatted(FileDescriptor.Describe((int)value.DangerousGetHandle()));

    public void AppendFormatted(long value) => _text.AppendFormatted(value);

    public void AppendFormatted(ReadOnlySpan<byte> utf8) => AppendFormatted(System.Text.Encoding.UTF8.GetString(utf8));

    public void AppendFormatted(long value, string format) => _text.AppendFormatted(FlagNames.Format(value, format));

    public LinuxException ToException() => new(_text.ToStringAndClear(), _errno);
}
