using System.Text;
using ContainerPS.Native.Linux;

namespace ContainerPS.Native.Mounts;

/// <summary>
/// One option of a file system context: <c>fsconfig(2)</c>, FSCONFIG_SET_STRING, or FSCONFIG_SET_FLAG where there is no value.
/// </summary>
public readonly record struct MountParameter(string Key, string? Value);

/// <summary>
/// What an overlay is made of. Two ways lead to the kernel: <see cref="ToParameters"/> for fsconfig, where each lower directory is a
/// parameter of its own (Linux 6.5), and <see cref="ToData"/> for mount(2), where all options share one page.
/// </summary>
public sealed record OverlayOptions
{
    /// <summary>ovl_config's OVL_MAX_STACK: the kernel takes no more lower directories (fs/overlayfs).</summary>
    public const int MaxLowerDirectories = 500;

    /// <summary>Topmost first. Relative paths are taken from the directory that mount(2) is called in.</summary>
    public required IReadOnlyList<string> LowerDirectories { get; init; }

    /// <summary>Null for a read-only overlay.</summary>
    public string? UpperDirectory { get; init; }

    public string? WorkDirectory { get; init; }

    /// <summary>
    /// Nothing is flushed at unmount; the upper directory refuses a second mount until its mark is removed. For what is thrown away.
    /// </summary>
    public bool IsVolatile { get; init; }

    /// <summary>Marks in user.overlay.*, for a mount inside a user namespace.</summary>
    public bool UseUserAttributes { get; init; }

    /// <summary>SELinux label of everything in it, whatever the layers' files say; null where there is no SELinux.</summary>
    public string? MountLabel { get; init; }

    /// <summary>
    /// "mount" in this variable of the environment makes a process take the way of kernels before 6.5, so that it can be tested on any.
    /// Read once.
    /// </summary>
    public const string ApiVariable = "CONTAINERPS_OVERLAY_API";

    private static readonly Version FirstToAppend = new(6, 5);
    private static readonly bool ForcesMount = Environment.GetEnvironmentVariable(ApiVariable) == "mount";

    /// <summary>Whether this kernel takes lower directories one by one.</summary>
    public static bool CanAppendLower => CanAppendLowers(HostFacts.Kernel);

    /// <inheritdoc cref="CanAppendLower"/>
    public static bool CanAppendLowers(Version kernel) => kernel >= FirstToAppend && !ForcesMount;

    /// <summary>For fsconfig on a context of "overlay".</summary>
    public IReadOnlyList<MountParameter> ToParameters()
    {
        CheckCount();
        List<MountParameter> parameters = [.. LowerDirectories.Select(lower => new MountParameter("lowerdir+", lower))];
        if (UpperDirectory is not null)
        {
            parameters.Add(new("upperdir", UpperDirectory));
            parameters.Add(new("workdir", WorkDirectory));
        }

        parameters.AddRange(Settings());
        if (MountLabel is not null)
        {
            parameters.Add(new("context", MountLabel));
        }

        return parameters;
    }

    /// <summary>Whether mount(2) could take it: the kernel copies one page of options, its closing zero included.</summary>
    public bool FitsData => Encoding.UTF8.GetByteCount(JoinData()) < Environment.SystemPageSize;

    /// <summary>For the data argument of mount(2).</summary>
    /// <exception cref="ArgumentException">It does not fit the page that the kernel copies: use shorter links, or fewer layers.</exception>
    public string ToData()
    {
        CheckCount();
        return FitsData
            ? JoinData()
            : throw new ArgumentException(
                $"The overlay of {LowerDirectories.Count} layers needs more than a page of mount options on this kernel "
                    + $"({HostFacts.KernelRelease}); Linux 6.5 takes them one by one."
            );
    }

    private string JoinData()
    {
        StringBuilder data = new("lowerdir=");
        data.AppendJoin(':', LowerDirectories.Select(EscapeLower));
        if (UpperDirectory is not null)
        {
            data.Append(",upperdir=").Append(Escape(UpperDirectory)).Append(",workdir=").Append(Escape(WorkDirectory ?? ""));
        }

        foreach ((string key, string? value) in Settings())
        {
            data.Append(',').Append(key).Append(value is null ? "" : "=").Append(value);
        }

        if (MountLabel is not null)
        {
            // The categories of a label stand behind commas (s0:c1,c2): in the page of mount(2) it is quoted.
            data.Append(",context=\"").Append(MountLabel).Append('"');
        }

        return data.ToString();
    }

    // A redirect or a metadata-only copy that an image's layer carries must never be believed (CVE-2023-0386's class); their defaults
    // differ by distribution, so both are said aloud.
    private IEnumerable<MountParameter> Settings()
    {
        if (UseUserAttributes)
        {
            yield return new("userxattr", null);
        }
        else
        {
            yield return new("metacopy", "off");
            yield return new("redirect_dir", "off");
        }

        if (IsVolatile)
        {
            yield return new("volatile", null);
        }
    }

    private void CheckCount()
    {
        if (LowerDirectories.Count is 0 or > MaxLowerDirectories)
        {
            throw new ArgumentException($"An overlay takes 1 to {MaxLowerDirectories} lower directories, not {LowerDirectories.Count}.");
        }
    }

    private static string EscapeLower(string path) => Escape(path).Replace(":", "\\:", StringComparison.Ordinal);

    private static string Escape(string path) =>
        path.Replace("\\", "\\\\", StringComparison.Ordinal).Replace(",", "\\,", StringComparison.Ordinal);
}
