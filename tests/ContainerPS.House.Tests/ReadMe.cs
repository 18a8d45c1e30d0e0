using System.Text.RegularExpressions;
using ContainerPS.Commands;

namespace ContainerPS.House.Tests;

/// <summary>What README tells a newcomer to type.</summary>
public sealed partial class ReadMe
{
    private static readonly string Text = File.ReadAllText(Path.Combine(SourceTree.Root, "README.md"));

    [Fact]
    public void README_shows_the_script_that_the_first_sample_runs() =>
        Assert.Equal(
            File.ReadAllText(Path.Combine(SourceTree.Root, "samples/FirstContainer/First.ps1")),
            Assert.Single(Blocks("powershell"))
        );

    [Fact]
    public void README_begins_with_the_main_command_the_tests_and_a_shell() =>
        Assert.Equal(
            [
                "sudo dotnet run --project samples/FirstContainer\n",
                "sudo dotnet test\n",
                "dotnet build && sudo sh -c 'dotnet tool restore && dotnet pwsh -NoExit -c \"Import-Module ./out/ContainerPS\"'\n",
            ],
            Blocks("sh").Take(3)
        );

    [Fact]
    public void The_line_for_root_takes_an_installed_pwsh_from_the_users_path() =>
        Assert.Equal(
            "sudo \"$(command -v pwsh)\" -c 'Import-Module /opt/ContainerPS.psd1; New-Container -RootFs /'",
            RootLine.For("New-Container -RootFs / ", "/usr/bin/pwsh", "/usr/lib/pwsh/pwsh.dll", "/opt/ContainerPS.psd1")
        );

    [Fact]
    public void The_line_for_root_starts_a_tool_as_it_was_started() =>
        Assert.Equal(
            "sudo /usr/share/dotnet/dotnet /var/packages/pwsh.dll -c 'Import-Module /opt/ContainerPS.psd1; Get-Container'",
            RootLine.For("Get-Container", "/usr/share/dotnet/dotnet", "/var/packages/pwsh.dll", "/opt/ContainerPS.psd1")
        );

    [Fact]
    public void The_line_for_root_quotes_for_both_shells() =>
        Assert.Equal(
            """sudo '/usr/a b/dotnet' /usr/pwsh.dll -c 'Import-Module '\''/usr/it'\'''\''s'\''; Invoke-Container a echo '\''$HOME'\'''""",
            RootLine.For("Invoke-Container a echo '$HOME'", "/usr/a b/dotnet", "/usr/pwsh.dll", "/usr/it's")
        );

    [Fact]
    public void The_line_for_root_is_a_shell_where_nothing_was_typed() =>
        Assert.Equal(
            "sudo \"$(command -v pwsh)\" -NoExit -c 'Import-Module /opt/ContainerPS.psd1'",
            RootLine.For(null, "/usr/bin/pwsh", "/usr/lib/pwsh/pwsh.dll", "/opt/ContainerPS.psd1")
        );

    private static IEnumerable<string> Blocks(string language) =>
        CodeBlocks().Matches(Text).Where(block => block.Groups[1].Value == language).Select(block => block.Groups[2].Value);

    [GeneratedRegex(@"^```(\w+)\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex CodeBlocks();

    [Fact]
    public void README_names_every_package_that_the_tests_install()
    {
        string run = File.ReadAllText(Path.Combine(SourceTree.Root, ".ci", "run"));
        string[] installed = run.Split("packages=(")[1].Split(')')[0].Split(' ');
        // ICU has a number of its own in each release, which .ci/run looks up.
        IEnumerable<string> named = PackageLines().Matches(Text).SelectMany(line => line.Groups[1].Value.Split(' '));
        Assert.Equal(installed.Order(StringComparer.Ordinal), named.Where(name => name != "libicu72").Order(StringComparer.Ordinal));
    }

    [GeneratedRegex(@"^`([a-z0-9+. -]+)`", RegexOptions.Multiline)]
    private static partial Regex PackageLines();
}
