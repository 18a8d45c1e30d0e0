using ContainerPS.Native.Oci;

namespace ContainerPS.Runtime.Tests;

/// <summary>config.md "Process" and "POSIX process".</summary>
public sealed class ProcessTests : IDisposable
{
    private readonly RuntimeFixture _runtime = new();

    public void Dispose() => _runtime.Dispose();

    [SkippableFact]
    public void User_group_supplementary_groups_and_umask()
    {
        Result result = _runtime.Shell(
            "id -u; id -g; id -G; umask",
            With(process =>
                process with
                {
                    User = new User
                    {
                        Uid = 1000,
                        Gid = 1000,
                        AdditionalGids = [5, 7],
                        Umask = 0x3f,
                    },
                }
            )
        );
        Assert.Equal("1000\n1000\n1000 5 7\n0077\n", result.Output);
    }

    /// <summary>What the runtime opens itself would take the number of a closed stream, and the container would be given it.</summary>
    [SkippableTheory]
    [InlineData("0<&-")]
    [InlineData("2>&-")]
    [InlineData("0<&- 2>&-")]
    public void Closed_standard_streams_are_nothing_in_the_container(string closed)
    {
        _runtime.Write(_runtime.Spec("sh", "-c", "readlink /proc/self/fd/0; cat; echo lost >&2; ls /proc/self/fd | wc -w"));
        Result result = _runtime.CallWithClosed(closed, "run", "--bundle", _runtime.Bundle, "c");
        string[] lines = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(closed.Contains('0') ? "/dev/null" : lines[0], lines[0]);
        // The three, and the directory that ls reads.
        Assert.Equal((0, "4"), (result.Code, lines[1]));
    }

    [SkippableFact]
    public void A_missing_working_directory_is_made() =>
        Assert.Equal("/srv/deep/www\n", _runtime.Shell("pwd", With(process => process with { Cwd = "/srv/deep/www" })).Output);

    [SkippableFact]
    public void A_working_directory_that_is_a_link_out_of_the_root_stays_inside()
    {
        File.CreateSymbolicLink($"{_runtime.RootFs}/out", "../../../../../tmp");
        Assert.Equal("/tmp\n", _runtime.Shell("pwd", With(process => process with { Cwd = "/out" })).Output);
    }

    [SkippableFact]
    public void HOME_is_the_users()
    {
        Assert.Equal("/root\n", _runtime.Shell("echo $HOME").Output);
        Assert.Equal(
            "/home/user\n",
            _runtime
                .Shell(
                    "echo $HOME",
                    With(process =>
                        process with
                        {
                            User = new User { Uid = 1000, Gid = 1000 },
                        }
                    )
                )
                .Output
        );
    }

    [SkippableFact]
    public void Capabilities_are_those_of_the_spec()
    {
        string[] names = ["CAP_CHOWN", "CAP_KILL"];
        var sets = new LinuxCapabilities
        {
            Bounding = names,
            Effective = ["CAP_KILL"],
            Permitted = names,
            Inheritable = ["CAP_KILL"],
            Ambient = ["CAP_KILL"],
        };
        Result result = _runtime.Shell(
            "grep Cap /proc/self/status",
            With(process =>
                process with
                {
                    Capabilities = sets,
                    User = new User { Uid = 1000, Gid = 1000 },
                }
            )
        );
        Assert.Equal(
            "CapInh:\t0000000000000020\nCapPrm:\t0000000000000020\nCapEff:\t0000000000000020\n"
                + "CapBnd:\t0000000000000021\nCapAmb:\t0000000000000020\n",
            result.Output
        );
    }

    [SkippableFact]
    public void No_new_privileges_is_set() => Assert.Equal("NoNewPrivs:\t1\n", _runtime.Shell("grep NoNewPrivs /proc/self/status").Output);

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_seccomp_profile_answers_with_its_errno(bool noNewPrivileges)
    {
        var profile = new LinuxSeccomp
        {
            DefaultAction = "SCMP_ACT_ALLOW",
            Syscalls =
            [
                new LinuxSyscall
                {
                    Names = ["mkdir", "mkdirat"],
                    Action = "SCMP_ACT_ERRNO",
                    ErrnoRet = 28,
                },
            ],
        };
        Result result = _runtime.Shell(
            "mkdir /tmp/x",
            spec =>
                With(process => process with { NoNewPrivileges = noNewPrivileges })(spec) with
                {
                    Linux = spec.Linux! with { Seccomp = profile },
                }
        );
        Assert.Contains("No space left on device", result.Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Limits_are_set()
    {
        // Below any host's own: sudo may have set the one of core files to 0, and only CAP_SYS_RESOURCE could raise it.
        var limits = new PosixRlimit
        {
            Type = "RLIMIT_NOFILE",
            Soft = 100,
            Hard = 200,
        };
        Assert.Matches(
            "Max open files +100 +200",
            _runtime.Shell("cat /proc/self/limits", With(process => process with { Rlimits = [limits] })).Output
        );
    }

    [SkippableFact]
    public void Only_the_standard_descriptors_reach_the_program() =>
        // The fourth is ls's own, of the directory that it reads.
        Assert.Equal("0\n1\n2\n3\n", _runtime.Shell("exec ls /proc/self/fd").Output);

    [SkippableFact]
    public void A_terminal_is_refused_in_words()
    {
        Result result = _runtime.Shell("true", With(process => process with { Terminal = true }));
        Assert.Equal(1, result.Code);
        Assert.Contains("terminals are not supported", result.Error, StringComparison.Ordinal);
    }

    private static Func<Spec, Spec> With(Func<Process, Process> change) => spec => spec with { Process = change(spec.Process!) };
}
