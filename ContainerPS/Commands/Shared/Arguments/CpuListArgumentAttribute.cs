using System.Text.RegularExpressions;

namespace ContainerPS.Commands;

/// <summary>A list of CPUs or memory nodes: 0-1,3. PowerShell makes an array of 0,1 and a number of 0; both are taken.</summary>
public sealed partial class CpuListArgumentAttribute : TextArgumentAttribute<string>
{
    /// <inheritdoc/>
    protected override string Convert(object value, string text) => text;

    /// <inheritdoc/>
    protected override string Check(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return Form().IsMatch(value) ? value : throw new FormatException($"'{value}' is not a list of numbers. Write 0-1,3.");
    }

    [GeneratedRegex(@"^\d+(-\d+)?(,\d+(-\d+)?)*$")]
    private static partial Regex Form();
}
