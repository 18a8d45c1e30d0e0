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
        bool value = _value is null || bool.Parse(_value);
        _value = null;
        return value;
    }

    public int Number() =>
        Value() is var text && int.TryParse(text, out int number) ? number : throw new UsageException($"'{text}' is not a number");

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
