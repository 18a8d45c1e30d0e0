using ContainerPS.Engine.Containers.Security;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Tests.Containers;

/// <summary>
/// What AppArmor and SELinux do for containers, on hosts made of files and, where the kernel has AppArmor, on this one.
/// </summary>
public sealed class SecurityModulesTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("containerps-test-").FullName;
    private readonly List<string> _warnings = [];

    public SecurityModulesTests() => File.WriteAllText(Profiles, "docker-default (enforce)\ncontainerps-default-2 (enforce)\n");

    private string Profiles => $"{_directory}/profiles";

    private string Calls => $"{_directory}/calls";

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void The_profile_is_loaded_once_and_chosen_for_each_container()
    {
        LinuxSecurityModules modules = Host(parser: $"echo 'containerps-default (enforce)' >>{Profiles}");

        Assert.Equal("containerps-default", For(modules).AppArmorProfile);
        Assert.Equal("containerps-default", For(modules).AppArmorProfile);
        Assert.Equal("containerps-default", For(Host(parser: "exit 9")).AppArmorProfile);

        Assert.Equal("--replace --skip-cache\n" + AppArmorProfile.Text, File.ReadAllText(Calls));
        Assert.Empty(_warnings);
        Assert.Equal((true, true), (modules.AppArmor.IsEnabled, modules.AppArmor.IsUsed));
    }

    [Fact]
    public void A_profile_of_another_name_that_begins_alike_is_not_ours()
    {
        Assert.False(new AppArmorLoader(_directory, "").IsLoaded);
        File.AppendAllText(Profiles, "containerps-default (complain)\n");
        Assert.True(new AppArmorLoader(_directory, "").IsLoaded);
    }

    [Fact]
    public void Without_the_parser_containers_start_unconfined_with_one_warning_that_names_the_package()
    {
        var modules = new LinuxSecurityModules(true, true, false, new AppArmorLoader(_directory, _directory));

        Assert.Null(For(modules).AppArmorProfile);
        Assert.Null(For(modules).AppArmorProfile);

        Assert.Equal(
            ["Containers start unconfined: the program apparmor_parser is missing. Install it (Debian, Ubuntu: apt install apparmor)."],
            _warnings
        );
        Assert.Equal(new SecurityModuleState(true, false, _warnings[0]), modules.AppArmor);
    }

    [SkippableFact]
    public void The_parser_understands_our_profile()
    {
        string? parser = new AppArmorLoader(_directory, AppArmorLoader.SearchPathOfHost).Parser;
        Skip.If(parser is null, "this host has no apparmor_parser");
        HostProgramResult result = HostProgram.Run(
            parser!,
            ["apparmor_parser", "--skip-kernel-load", "--skip-cache", "--names"],
            [],
            System.Text.Encoding.UTF8.GetBytes(AppArmorProfile.Text),
            captures: true
        );
        Assert.True(result.Status?.ExitCode == 0, result.Output);
        Assert.Contains("containerps-default", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_parser_that_fails_is_quoted()
    {
        LinuxSecurityModules modules = Host(parser: "echo 'syntax error, line 3' >&2; exit 4");

        Assert.Null(For(modules).AppArmorProfile);

        Assert.EndsWith(
            "ended with 4 and did not load the profile containerps-default: syntax error, line 3.",
            Assert.Single(_warnings),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_parser_that_says_success_and_loads_nothing_is_not_believed()
    {
        Assert.Null(For(Host(parser: "exit 0")).AppArmorProfile);
        Assert.Contains("ended with 0 and did not load", Assert.Single(_warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_parser_that_cannot_run_is_a_warning()
    {
        string parser = $"{_directory}/apparmor_parser";
        File.WriteAllText(parser, "not a program");
        Assert.Null(For(new LinuxSecurityModules(true, true, false, new AppArmorLoader(_directory, _directory))).AppArmorProfile);
        Assert.Contains("posix_spawn", Assert.Single(_warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_securityfs_that_is_not_mounted_is_named()
    {
        var modules = new LinuxSecurityModules(true, false, false, new AppArmorLoader("/nowhere", _directory));
        Assert.Null(For(modules).AppArmorProfile);
        Assert.Contains("securityfs is not mounted", Assert.Single(_warnings), StringComparison.Ordinal);
        Assert.Equal((true, false), (modules.AppArmor.IsEnabled, modules.AppArmor.IsUsed));
    }

    [Fact]
    public void A_host_without_modules_and_a_privileged_container_get_nothing_and_no_warning()
    {
        var bare = new LinuxSecurityModules(false, false, false, new AppArmorLoader("/nowhere", ""));
        Assert.Equal(SecurityLabels.None, For(bare));
        Assert.Equal((false, false), (bare.AppArmor.IsEnabled, bare.SeLinux.IsEnabled));
        LinuxSecurityModules modules = Host(parser: "exit 9", seLinux: true);
        var privileged = new ContainerDefinition { Privileged = true };
        Assert.Equal(SecurityLabels.None, modules.For(true, modules.SeLinuxLabelOfNew(privileged, () => []), _warnings.Add));
        Assert.Null(modules.WarningOf(privileged));
        Assert.Empty(_warnings);
        Assert.False(File.Exists(Calls));
    }

    [Fact]
    public void Each_container_has_an_SELinux_level_of_its_own()
    {
        var modules = new LinuxSecurityModules(false, false, true, new AppArmorLoader("/nowhere", ""));
        HashSet<string> levels = [];
        for (int i = 0; i < 2000; i++)
        {
            string? chosen = modules.SeLinuxLabelOfNew(new ContainerDefinition(), () => levels.Select(SeLinuxLevels.ProcessLabelOf));
            SecurityLabels labels = modules.For(false, chosen, _warnings.Add);
            string level = SeLinuxLevels.LevelOf(labels.ProcessLabel)!;
            Assert.Equal(
                ($"system_u:system_r:container_t:{level}", $"system_u:object_r:container_file_t:{level}"),
                (labels.ProcessLabel, labels.MountLabel)
            );
            Assert.Matches(@"^s0:c\d{1,4},c\d{1,4}$", level);
            int[] categories =
            [
                .. level[3..].Split(',').Select(text => int.Parse(text[1..], System.Globalization.CultureInfo.InvariantCulture)),
            ];
            Assert.True(categories[0] < categories[1] && categories[1] < 1024, level);
            Assert.True(levels.Add(level), $"{level} twice");
        }

        Assert.Empty(_warnings);
        Assert.True(modules.SeLinux.IsUsed);
    }

    [Fact]
    public void The_last_free_SELinux_level_is_found_and_then_none()
    {
        HashSet<string> levels =
        [
            .. from first in Enumerable.Range(0, 1024)
            from second in Enumerable.Range(first + 1, 1023 - first)
            select $"s0:c{first},c{second}",
        ];
        Assert.Equal(523_776, levels.Count);
        Assert.Contains(
            "No SELinux level is free",
            Assert.Throws<EngineException>(() => SeLinuxLevels.Choose(levels)).Message,
            StringComparison.Ordinal
        );
        levels.Remove("s0:c5,c1000");
        Assert.Equal("s0:c5,c1000", SeLinuxLevels.Choose(levels));
    }

    [Theory]
    [InlineData("host", "private")]
    [InlineData("private", "host")]
    public void A_container_that_shares_the_hosts_processes_or_memory_has_no_SELinux_label(string pid, string ipc)
    {
        var modules = new LinuxSecurityModules(false, false, true, new AppArmorLoader("/nowhere", ""));
        Assert.Null(modules.SeLinuxLabelOfNew(new ContainerDefinition { PidMode = pid, IpcMode = ipc }, () => []));
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("unconfined", null)]
    [InlineData("system_u:system_r:container_t:s0:c1,c2", "s0:c1,c2")]
    public void A_level_is_the_rest_of_a_label(string? label, string? level) => Assert.Equal(level, SeLinuxLevels.LevelOf(label));

    private SecurityLabels For(LinuxSecurityModules modules) =>
        modules.For(false, modules.SeLinuxLabelOfNew(new ContainerDefinition(), () => []), _warnings.Add);

    private LinuxSecurityModules Host(string parser, bool seLinux = false)
    {
        string path = $"{_directory}/apparmor_parser";
        File.WriteAllText(path, $"#!/bin/sh\necho \"$@\" >>{Calls}\ncat >>{Calls}\n{parser}\n");
        Files.ChangeModeAt(FileDescriptor.CurrentDirectory, path, Modes.Mode0755);
        return new LinuxSecurityModules(true, true, seLinux, new AppArmorLoader(_directory, _directory));
    }
}

/// <summary>On a kernel that has AppArmor (the virtual machine).</summary>
[Collection(KernelTests.Name)]
public sealed class AppArmorKernelTests : IDisposable
{
    private readonly TestStore? _store;

    public AppArmorKernelTests()
    {
        TestStore.NeedsRoot();
        Skip.IfNot(SecurityModules.HasAppArmor, "this kernel has no AppArmor, or it is switched off");
        _store = new TestStore();
    }

    public void Dispose() => _store?.Dispose();

    [SkippableFact]
    public void A_container_and_an_exec_are_confined_by_our_profile()
    {
        Skip.If(
            new AppArmorLoader(SecurityModules.AppArmorDirectory, AppArmorLoader.SearchPathOfHost).Parser is null,
            "this host has no apparmor_parser"
        );
        Container container = _store!.Ready(TestStore.Idle());

        Assert.Equal("containerps-default (enforce)", File.ReadAllText($"/proc/{container.Pid}/attr/apparmor/current").Trim());
        using ContainerExec exec = _store.Engine.Containers.Exec(
            container,
            new ExecDefinition { Command = ["cat", "/proc/self/attr/apparmor/current"] }
        );
        Assert.Equal(["containerps-default (enforce)"], exec.Wait().Stdout);
    }

    [SkippableFact]
    public void Our_profile_refuses_a_mount_that_the_capabilities_allow()
    {
        Skip.If(
            new AppArmorLoader(SecurityModules.AppArmorDirectory, AppArmorLoader.SearchPathOfHost).Parser is null,
            "this host has no apparmor_parser"
        );
        using ContainerRun run = _store!.Engine.Containers.Run(
            TestStore.Shell("mount -t tmpfs tmpfs /mnt && echo mounted") with
            {
                CapAdd = ["SYS_ADMIN"],
                Seccomp = "unconfined",
            }
        );
        Assert.NotEqual(0, run.Wait().ExitCode);
    }
}
