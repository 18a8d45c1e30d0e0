using System.Globalization;
using System.Numerics;

namespace ContainerPS.Cli;

/// <summary>
/// Takes options and operands one after another, as runc's command line has them: <c>--name value</c>, <c>--name=value</c>, one-letter
/// names, and nothing but operands after the first one or after <c>--</c>.
/// </summary>
internal sealed class ArgumentReader(IReadOnlyList<string> arguments)
{
    private int _at;
    private string? _value;

    /// <summary>The next option's name without dashes; null when an operand or the end comes.</summary>
    public string? NextOption()
    {
        if (_value is not null)
        {
            throw new UsageException($"the option {arguments[_at - 1]} takes no value");
        }

        if (_at >= arguments.Count || !arguments[_at].StartsWith('-') || arguments[_at] == "-")
        {
            return null;
        }

        string text = arguments[_at++];
        if (text == "--")
        {
            return null;
        }

        string name = text.TrimStart('-');
        int equals = name.IndexOf('=', StringComparison.Ordinal);
        _value = equals < 0 ? null : name[(equals + 1)..];
        return equals < 0 ? name : name[..equals];
    }

    /// <summary>The value of the option just read.</summary>
    public string Value()
    {
        string value =
            _value
            ?? (_at < arguments.Count ? arguments[_at++] : throw new UsageException($"the option {arguments[_at - 1]} needs a value"));
        _value = null;
        return value;
    }

    /// <summary>A switch: <c>--force</c>, <c>--force=false</c>.</summary>
    public bool Switch()
    {
        string text = _value ?? "true";
        _value = null;
        return bool.TryParse(text, out bool value)
            ? value
            : throw new UsageException($"the option {arguments[_at - 1]} takes true or false, not '{text}'");
    }

    /// <summary>
    /// The value as a whole number within bounds, by default those of its type. It is never cut down to fit: 70000 is no 4464.
    /// </summary>
    /// <param name="name">The option's name, for the error.</param>
    /// <param name="least">The smallest value taken.</param>
    /// <param name="most">The largest value taken.</param>
    public T Number<T>(string name, T? least = null, T? most = null)
        where T : struct, IBinaryInteger<T>, IMinMaxValue<T> => ParseNumber(name, Value(), least ?? T.MinValue, most ?? T.MaxValue);

    /// <summary>As <see cref="Number{T}"/>, for a part of a value.</summary>
    public static T ParseNumber<T>(string name, string text, T least, T most)
        where T : struct, IBinaryInteger<T> =>
        T.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out T number) && number >= least && number <= most
            ? number
            : throw new UsageException($"--{name} takes a whole number from {least} to {most}, not '{text}'");

    public IReadOnlyList<string> Operands()
    {
        string[] rest = arguments.Skip(_at).ToArray();
        _at = arguments.Count;
        return rest;
    }

    public string Operand(string what) => _at < arguments.Count ? arguments[_at++] : throw new UsageException($"{what} is missing");

    public void End()
    {
        if (_at < arguments.Count)
        {
            throw new UsageException($"unexpected argument '{arguments[_at]}'");
        }
    }

    public static UsageException Unknown(string option) => new($"unknown option '{(option.Length == 1 ? "-" : "--")}{option}'");
}
