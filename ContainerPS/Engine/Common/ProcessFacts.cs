using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Common;

/// <summary>Facts of this process that file making needs.</summary>
internal static class ProcessFacts
{
    /// <summary>Read, not asked by umask(2), which would change it for every thread for a moment.</summary>
    public static uint Umask => ReadUmask();

    private static uint ReadUmask()
    {
        foreach (ReadOnlySpan<char> line in Files.ReadAllText("/proc/self/status").AsSpan().EnumerateLines())
        {
            if (line.StartsWith("Umask:"))
            {
                return Convert.ToUInt32(line["Umask:".Length..].Trim().ToString(), 8);
            }
        }

        return Modes.Mode0777;
    }
}
