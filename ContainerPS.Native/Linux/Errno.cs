using System.Collections.Frozen;
using System.Runtime.InteropServices;

namespace ContainerPS.Native.Linux;

/// <summary>Names and texts of error numbers, as <c>errno(3)</c> spells them.</summary>
public static partial class Errno
{
    /// <summary>"ENOENT" for 2; "errno 4095" for a number without a name.</summary>
    public static string Name(int errno) => Names.TryGetValue(errno, out string? name) ? name : $"errno {errno}";

    /// <summary>The kernel's sentence in lower case, so that it can stand inside another: "no such file or directory".</summary>
    public static string Text(int errno)
    {
        string text = Marshal.GetPInvokeErrorMessage(errno);
        bool acronym = text.Length > 1 && char.IsUpper(text[1]);
        return text.Length == 0 || acronym ? text : char.ToLowerInvariant(text[0]) + text[1..];
    }

    private static readonly FrozenDictionary<int, string> Names = Table().ToFrozenDictionary(pair => pair.Number, pair => pair.Name);
}
