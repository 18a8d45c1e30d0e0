namespace ContainerPS.Native.Cgroups.V2;

/// <summary>runtime-spec config-linux.md, "Unified": any control file by its name. A value of several lines is several writes.</summary>
internal static class Unified
{
    public static void Add(SettingList list, IReadOnlyDictionary<string, string>? files)
    {
        foreach ((string file, string value) in files ?? new Dictionary<string, string>())
        {
            Add(list, file[..file.IndexOf('.', StringComparison.Ordinal)], file, value);
        }
    }

    public static void Add(SettingList list, string controller, string file, string value)
    {
        string[] lines = value.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        foreach (string line in lines)
        {
            list.SetAny(controller, file, line, isOnly: lines.Length == 1);
        }
    }
}
