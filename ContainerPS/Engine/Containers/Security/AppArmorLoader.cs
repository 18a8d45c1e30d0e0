using System.Text;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Containers.Security;

/// <summary>
/// Gives the kernel our profile, once a boot. A profile is compiled by apparmor_parser alone: the binary form is a matter between that
/// program and the kernel's version, so this is one of the tools that have no other interface.
/// </summary>
/// <param name="securityDirectory">securityfs' apparmor directory.</param>
/// <param name="searchPath">Where the parser may lie, separated by colons; of this host <see cref="SearchPathOfHost"/>.</param>
internal sealed class AppArmorLoader(string securityDirectory, string searchPath)
{
    private const string ParserName = "apparmor_parser";
    private const string SystemFolders = "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin";

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);
    private readonly Lock _lock = new();

    /// <summary>The kernel's list has one line a profile: "name (enforce)".</summary>
    public bool IsLoaded =>
        Files
            .ReadAllText($"{securityDirectory}/profiles")
            .Split('\n')
            .Any(line => line.StartsWith($"{AppArmorProfile.Name} (", StringComparison.Ordinal));

    /// <summary>An ordinary user's PATH lacks the sbin folders.</summary>
    public static string SearchPathOfHost => $"{Environment.GetEnvironmentVariable("PATH")}:{SystemFolders}";

    /// <summary>Absolute path; null when the host has none.</summary>
    public string? Parser =>
        searchPath
            .Split(':')
            .Where(folder => folder.StartsWith('/'))
            .Select(folder => $"{folder.TrimEnd('/')}/{ParserName}")
            .FirstOrDefault(File.Exists);

    /// <summary>
    /// Null when the profile is loaded, now or before; otherwise the reason why it is not. Two processes may do it at the same time: the
    /// second one replaces the profile by itself.
    /// </summary>
    public string? Load()
    {
        lock (_lock)
        {
            try
            {
                return IsLoaded ? null : LoadBy(Parser);
            }
            catch (LinuxException failure)
            {
                return $"{failure.Message}.";
            }
            catch (TimeoutException failure)
            {
                return $"{failure.Message}.";
            }
        }
    }

    /// <summary>--replace: also where it was loaded meanwhile; --skip-cache: nothing is written to the host's /var/cache.</summary>
    private string? LoadBy(string? parser)
    {
        if (parser is null)
        {
            return $"the program {ParserName} is missing. Install it (Debian, Ubuntu: apt install apparmor).";
        }

        HostProgramResult result = HostProgram.Run(
            parser,
            [ParserName, "--replace", "--skip-cache"],
            [$"PATH={SystemFolders}", "LC_ALL=C"],
            Encoding.UTF8.GetBytes(AppArmorProfile.Text),
            captures: true,
            _patience
        );
        if (IsLoaded)
        {
            return null;
        }

        string said = result.Output.ReplaceLineEndings(" ").Trim();
        string end = result.Status is { } status ? $" with {status.ExitCode}" : "";
        return $"{parser} ended{end} and did not load the profile {AppArmorProfile.Name}{(said.Length == 0 ? "" : $": {said}")}.";
    }
}
