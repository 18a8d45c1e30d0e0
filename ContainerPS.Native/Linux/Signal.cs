using System.Globalization;

namespace ContainerPS.Native.Linux;

#pragma warning disable CA1008 // 0 is no signal: kill(2) uses it as a probe
/// <summary>Signals, numbered as on x86-64 and arm64 (<c>signal(7)</c>). Real-time signals are <c>RtMin + n</c>.</summary>
public enum Signal
{
    Hup = 1,
    Int = 2,
    Quit = 3,
    Ill = 4,
    Trap = 5,
    Abrt = 6,
    Bus = 7,
    Fpe = 8,
    Kill = 9,
    Usr1 = 10,
    Segv = 11,
    Usr2 = 12,
    Pipe = 13,
    Alrm = 14,
    Term = 15,
    StkFlt = 16,
    Chld = 17,
    Cont = 18,
    Stop = 19,
    Tstp = 20,
    Ttin = 21,
    Ttou = 22,
    Urg = 23,
    Xcpu = 24,
    Xfsz = 25,
    VtAlrm = 26,
    Prof = 27,
    Winch = 28,
    Io = 29,
    Pwr = 30,
    Sys = 31,

    /// <summary>glibc's SIGRTMIN; the kernel's own first two belong to its threads.</summary>
    RtMin = 34,
    RtMax = 64,
}
#pragma warning restore CA1008

/// <summary>Signal names as Docker and kill(1) take and print them.</summary>
public static class SignalNames
{
    /// <summary>Takes "TERM", "SIGTERM", "sigterm", "15", "RTMIN+3", "SIGRTMAX-1".</summary>
    public static bool TryParse(string? text, out Signal signal)
    {
        signal = default;
        ReadOnlySpan<char> name = (text ?? "").AsSpan().Trim();
        if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
        {
            signal = (Signal)number;
            return number is >= 1 and <= (int)Signal.RtMax;
        }

        name = name.StartsWith("SIG", StringComparison.OrdinalIgnoreCase) ? name[3..] : name;
        return TryParseRealTime(name, out signal) || TryParseName(name, out signal);
    }

    /// <inheritdoc cref="TryParse"/>
    /// <exception cref="FormatException">No signal is called so.</exception>
    public static Signal Parse(string text) =>
        TryParse(text, out Signal signal)
            ? signal
            : throw new FormatException($"'{text}' is not a signal. Write a name such as TERM or SIGTERM, or a number from 1 to 64.");

    /// <summary>"SIGTERM", "SIGRTMIN+3".</summary>
    public static string Format(Signal signal) =>
        signal switch
        {
            > Signal.RtMin and < Signal.RtMax => $"SIGRTMIN+{(int)signal - (int)Signal.RtMin}",
            _ when Enum.IsDefined(signal) => "SIG" + signal.ToString().ToUpperInvariant(),
            _ => ((int)signal).ToString(CultureInfo.InvariantCulture),
        };

    private static bool TryParseName(ReadOnlySpan<char> name, out Signal signal)
    {
        name =
            name.Equals("IOT", StringComparison.OrdinalIgnoreCase) ? "ABRT"
            : name.Equals("POLL", StringComparison.OrdinalIgnoreCase) ? "IO"
            : name.Equals("CLD", StringComparison.OrdinalIgnoreCase) ? "CHLD"
            : name;

        // Enum.TryParse would take numbers, and lists with commas, too.
        signal = default;
        return !name.IsEmpty && char.IsAsciiLetter(name[0]) && !name.Contains(',') && Enum.TryParse(name, ignoreCase: true, out signal);
    }

    private static bool TryParseRealTime(ReadOnlySpan<char> name, out Signal signal)
    {
        signal = default;
        int sign =
            name.StartsWith("RTMIN+", StringComparison.OrdinalIgnoreCase) ? 1
            : name.StartsWith("RTMAX-", StringComparison.OrdinalIgnoreCase) ? -1
            : 0;
        if (sign == 0 || !int.TryParse(name[6..], NumberStyles.None, CultureInfo.InvariantCulture, out int offset))
        {
            return false;
        }

        signal = sign > 0 ? Signal.RtMin + offset : Signal.RtMax - offset;
        return signal is >= Signal.RtMin and <= Signal.RtMax;
    }
}
