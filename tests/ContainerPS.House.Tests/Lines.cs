using System.Globalization;
using System.Text.RegularExpressions;

namespace ContainerPS.House.Tests;

/// <summary>What holds for every line of C#, the tests' own too.</summary>
public sealed partial class Lines
{
    private const int Columns = 140;

    /// <summary>The kernel's numbers: files of constants that are compared with the compiled C headers.</summary>
    private static readonly string[] KernelNumbers =
    [
        "ContainerPS.Native/Interop/",
        "ContainerPS.Native/Linux/Errno",
        "ContainerPS.Native/Launch/PlanFormat.SystemCall.cs",
        "ContainerPS.Native/Shim/Kernel/",
    ];

    /// <summary>
    /// Owner, group and others as permissions are in practice: the owner may read or write, the others no more than the owner; with and
    /// without a set-id or sticky bit.
    /// </summary>
    private static readonly HashSet<uint> Permissions =
    [
        .. from special in Enumerable.Range(0, 8)
        from owner in (int[])[4, 5, 6, 7]
        from grouped in Enumerable.Range(0, 8)
        from others in Enumerable.Range(0, 8)
        where (grouped & ~owner) == 0 && (others & ~owner) == 0
        select (uint)((special << 9) | (owner << 6) | (grouped << 3) | others),
    ];

    [Fact]
    public void No_line_of_code_is_longer_than_140_columns()
    {
        string[] wide =
        [
            .. CSharpFiles()
                .SelectMany(path =>
                    File.ReadLines(Path.Combine(SourceTree.Root, path))
                        .Select((line, index) => (path, Number: index + 1, Width: WidthOf(line)))
                )
                .Where(line => line.Width > Columns)
                .Select(line => $"{line.path}:{line.Number}: {line.Width} columns"),
        ];
        Assert.True(wide.Length == 0, $"lines above {Columns} columns; split a text, wrap a table:\n{string.Join('\n', wide)}");
    }

    [Fact]
    public void A_permission_is_written_by_its_octal_name()
    {
        string[] numbers =
        [
            .. CSharpFiles()
                .Where(path => !KernelNumbers.Any(kernel => path.StartsWith(kernel, StringComparison.Ordinal)))
                .SelectMany(path =>
                    File.ReadLines(Path.Combine(SourceTree.Root, path))
                        .SelectMany((line, index) => PermissionsIn(line).Select(number => $"{path}:{index + 1}: {number}"))
                ),
        ];
        Assert.True(
            numbers.Length == 0,
            $"name permissions by ContainerPS.Native/Linux/Modes.cs (Modes.Mode0755):\n{string.Join('\n', numbers)}"
        );
    }

    [Theory]
    [InlineData("Files.MakeDirectory(path, 0x1c0);", "0x1c0")]
    [InlineData("Files.MakeDirectory(path, 0X1ED);", "0X1ED")]
    [InlineData("mode: 0x01_a4u", "0x01_a4u")]
    [InlineData("Files.ChangeMode(file, 493);", "493")]
    [InlineData("uint kept = stat.Mode & 0xfff;", "0xfff")]
    [InlineData("mode | 0xe00", "0xe00")]
    [InlineData("int flags = 0b1_1010_0100;", "0b1_1010_0100")]
    [InlineData("Files.MakeDirectory(path, 448);", "448")]
    [InlineData("mode: 256", "256")]
    public void A_permission_written_as_a_number_is_seen(string line, string number) => Assert.Equal([number], PermissionsIn(line));

    [Theory]
    [InlineData("(major & 0xfff) << 8")]
    [InlineData("file.SetLength(0x1000); // 0755")]
    [InlineData("new byte[512]")]
    [InlineData("Span<byte> head = stackalloc byte[420];")]
    [InlineData("\"0x1ed and 493\"")]
    public void Other_numbers_are_left_alone(string line) => Assert.Empty(PermissionsIn(line));

    private static IEnumerable<string> CSharpFiles() =>
        SourceTree
            .AllFiles()
            .Where(path => path.EndsWith(".cs", StringComparison.Ordinal) && !path.EndsWith("/Modes.cs", StringComparison.Ordinal));

    /// <summary>Characters as an editor counts them, so that a picture drawn with box characters is as wide as it looks.</summary>
    private static int WidthOf(string line) => new StringInfo(line).LengthInTextElements;

    private static IEnumerable<string> PermissionsIn(string line)
    {
        string code = SourceTree.CodeOf(line);
        return Numbers()
            .Matches(code)
            .Where(match => Permissions.Contains(ValueOf(match.Value)) && (ShowsBits(match.Value) || NamesAMode(code[..match.Index])))
            .Select(match => match.Value)
            .Concat(Masks().Matches(code).Select(match => match.Groups[1].Value))
            .Distinct();
    }

    /// <summary>
    /// A number of bits that are set, as hex shows them; a decimal or a round number is a count unless a mode is named before it.
    /// </summary>
    private static bool ShowsBits(string number) =>
        number.Length > 2 && number[1] is 'x' or 'X' or 'b' or 'B' && (ValueOf(number) & 0xff) != 0 && ValueOf(number) != 0xfff;

    private static bool NamesAMode(string before) => ModeWord().IsMatch(before);

    private static uint ValueOf(string number)
    {
        string digits = number.Replace("_", "", StringComparison.Ordinal).TrimEnd('u', 'U', 'l', 'L');
        NumberStyles style =
            digits.Length > 2 && digits[1] is 'x' or 'X' ? NumberStyles.AllowHexSpecifier
            : digits.Length > 2 && digits[1] is 'b' or 'B' ? NumberStyles.AllowBinarySpecifier
            : NumberStyles.None;
        return uint.TryParse(style == NumberStyles.None ? digits : digits[2..], style, CultureInfo.InvariantCulture, out uint value)
            ? value
            : 0;
    }

    [GeneratedRegex(@"(?<![\w.])(?:0[xX][0-9a-fA-F_]+|0[bB][01_]+|[0-9][0-9_]*)[uUlL]*(?![\w.])")]
    private static partial Regex Numbers();

    /// <summary>Masks of a mode: 0xfff (07777), 0xe00 (07000).</summary>
    [GeneratedRegex(@"[mM]ode\w*\)?\s*[&|]\s*~?(0[xX][0-9a-fA-F]+)")]
    private static partial Regex Masks();

    [GeneratedRegex(@"(?:[mM]ode|MakeDirector|MakeFifo|MakeNode)\w*\b[^;]*$")]
    private static partial Regex ModeWord();
}
