using System.Text.Json;
using ContainerPS.Native.Oci;

namespace ContainerPS.Runtime.Tests;

/// <summary>What callers of runtimes ask before they run anything, and how they are refused.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly RuntimeFixture _runtime = new();

    public void Dispose() => _runtime.Dispose();

    [SkippableFact]
    public void The_first_line_of_version_names_program_and_version() =>
        Assert.Matches(@"^containerps version \d+\.\d+\.\d+\nspec: 1\.2\.\d\n", _runtime.Call("--version").Output);

    [SkippableFact]
    public void Features_is_a_document_of_the_spec()
    {
        Features features = JsonSerializer.Deserialize(_runtime.Call("features").Output, OciJson.Default.Features)!;
        Assert.Contains("startContainer", features.Hooks!);
        Assert.Contains("rro", features.MountOptions!);
        Assert.True(features.Linux!.Cgroup!.V1 && features.Linux.Cgroup.V2);
    }

    [SkippableFact]
    public void Spec_writes_a_bundle_that_runs_and_never_overwrites()
    {
        Assert.Equal(0, _runtime.Call("spec", "--bundle", _runtime.Bundle).Code);
        Assert.Equal(0, _runtime.CallWithInput("", "run", "--bundle", _runtime.Bundle, "c").Code);
        Assert.Contains("exists", _runtime.Call("spec", "--bundle", _runtime.Bundle).Error, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("--systemd-cgroup", "--systemd-cgroup is not supported")]
    [InlineData("--nonsense", "unknown option '--nonsense'")]
    [InlineData("nonsense", "unknown verb 'nonsense'")]
    public void A_command_line_that_is_wrong_is_one_clear_error(string argument, string reason)
    {
        Result result = _runtime.Call(argument);
        Assert.Equal(1, result.Code);
        Assert.Contains(reason, result.Error, StringComparison.Ordinal);
    }

    public static TheoryData<string, string[]> WrongNumbers
    {
        get
        {
            var data = new TheoryData<string, string[]>();
            (string Option, string[] Texts)[] options =
            [
                ("update --memory", ["9223372036854775808", "-9223372036854775809"]),
                ("update --memory-reservation", ["9223372036854775808"]),
                ("update --memory-swap", ["9223372036854775808"]),
                ("update --cpu-period", ["-1", "18446744073709551616"]),
                ("update --cpu-quota", ["9223372036854775808"]),
                ("update --cpu-burst", ["-1", "18446744073709551616"]),
                ("update --cpu-share", ["-1", "18446744073709551616"]),
                ("update --cpu-idle", ["9223372036854775808"]),
                ("update --blkio-weight", ["-1", "65536", "70000"]),
                ("update --pids-limit", ["9223372036854775808"]),
                ("exec --user", ["-1", "4294967295", "4294967296", "1:-1", "1:", ":1", "1:2:3", "root"]),
                ("exec --additional-gids", ["-1", "4294967295", "4294967296"]),
                ("exec --preserve-fds", ["-1", "2147483648", "1048577"]),
                ("create --preserve-fds", ["-1", "2147483648", "1048577"]),
                ("run --preserve-fds", ["-1", "2147483648", "1048577"]),
            ];
            foreach ((string option, string[] texts) in options)
            {
                data.Add(option, [.. texts, "", " ", "1e3", "0x10", "1.5", "garbage", "1 2"]);
            }

            return data;
        }
    }

    [SkippableTheory]
    [MemberData(nameof(WrongNumbers))]
    public void A_number_that_an_option_does_not_take_is_one_error_that_names_the_option(string option, string[] texts)
    {
        (string verb, string name) = (option.Split(' ')[0], option.Split(' ')[1]);
        _runtime.Create(_runtime.Spec("sleep", "100"));

        foreach (string text in texts)
        {
            Result result = _runtime.Call([verb, $"{name}={text}", "c", .. verb == "exec" ? (string[])["true"] : []]);

            Assert.True(result.Code == 1, $"'{text}': {result.Code}");
            Assert.Contains($"{name} takes", result.Error, StringComparison.Ordinal);
            Assert.Single(result.Error.TrimEnd('\n').Split('\n'));
        }

        Assert.Equal("created", _runtime.Status());
    }

    [SkippableTheory]
    [InlineData("cpu-period", "18446744073709551615", "cpu.period cannot be 18446744073709551615")]
    [InlineData("cpu-share", "18446744073709551615", "cpu.shares cannot be 18446744073709551615")]
    [InlineData("blkio-weight", "65535", "blockIO.weight cannot be 65535")]
    [InlineData("memory", "-2", "memory.limit cannot be -2")]
    [InlineData("cpu-burst", "18446744073709551615", "cpu.cfs_burst_us|cpu.max.burst")]
    [InlineData("cpu-idle", "-1", "cpu.idle cannot be -1")]
    public void A_number_that_the_type_takes_and_the_limit_does_not_is_refused_by_its_name(string option, string text, string reason)
    {
        _runtime.Create(_runtime.Spec("sleep", "100"));
        Result result = _runtime.Call("update", $"--{option}", text, "c");
        Assert.Equal(1, result.Code);
        Assert.Matches(reason, result.Error);
    }

    [SkippableFact]
    public void Numbers_at_the_edge_of_what_is_taken_are_taken()
    {
        _runtime.Create(_runtime.Spec("sleep", "100"));
        _runtime.Call("start", "c");
        Assert.Equal(
            "4294967294\n4294967294\n",
            _runtime.Call("exec", "--user", "4294967294:4294967294", "c", "sh", "-c", "id -u; id -g").Output
        );
        Assert.Contains(
            "groups=4294967294",
            _runtime.Call("exec", "--additional-gids", "4294967294", "c", "id").Output,
            StringComparison.Ordinal
        );
        Assert.Equal(0, _runtime.Call("update", "--memory", "-1", "--pids-limit", "-1", "c").Code);
    }

    [SkippableTheory]
    [InlineData("create")]
    [InlineData("exec")]
    public void A_descriptor_that_is_not_open_is_not_preserved(string verb)
    {
        if (verb == "exec")
        {
            _runtime.Create(_runtime.Spec("sleep", "100"));
            _runtime.Call("start", "c");
        }
        else
        {
            _runtime.Write(_runtime.Spec("true"));
        }

        Result result = _runtime.Call([
            verb,
            .. verb == "create" ? (string[])["--bundle", _runtime.Bundle] : [],
            "--preserve-fds",
            "90",
            "c",
            .. verb == "exec" ? (string[])["true"] : [],
        ]);

        Assert.NotEqual(0, result.Code);
        Assert.Contains("cannot be preserved", result.Error, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("--force=maybe")]
    [InlineData("--force=")]
    public void A_switch_takes_true_or_false(string argument)
    {
        Result result = _runtime.Call("delete", argument, "c");
        Assert.Equal(1, result.Code);
        Assert.Contains("takes true or false", result.Error, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("0")]
    [InlineData("65")]
    [InlineData("-9")]
    [InlineData("NOSUCH")]
    [InlineData("")]
    public void A_signal_that_does_not_exist_is_refused(string signal)
    {
        _runtime.Create(_runtime.Spec("sleep", "100"));
        Result result = _runtime.Call("kill", "c", signal);
        Assert.Equal(1, result.Code);
        Assert.Contains("is not a signal", result.Error, StringComparison.Ordinal);
        Assert.Equal("created", _runtime.Status());
    }

    [SkippableTheory]
    [InlineData("1.0.0")]
    [InlineData("1.0.2-dev")]
    [InlineData("1.2.0+build.7")]
    [InlineData("1.99.0")]
    public void A_document_of_the_same_major_version_is_taken(string version)
    {
        Result result = _runtime.Run(_runtime.Spec("true") with { OciVersion = version });
        Assert.True(result.Code == 0, result.Error);
    }

    [SkippableTheory]
    [InlineData("")]
    [InlineData("2.0.0")]
    [InlineData("0.9.0")]
    [InlineData("1")]
    [InlineData("1.0")]
    [InlineData("1.0.0.0")]
    [InlineData("11.0.0")]
    [InlineData("v1.0.0")]
    [InlineData("1.0.0\n")]
    [InlineData("garbage")]
    public void A_document_of_no_version_or_of_another_one_is_refused(string version)
    {
        _runtime.Write(_runtime.Spec("true") with { OciVersion = version });
        Result result = _runtime.Call("create", "--bundle", _runtime.Bundle, "c");
        Assert.Equal(1, result.Code);
        Assert.Contains("ociVersion", result.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists($"{_runtime.Root}/c"));
    }

    [SkippableTheory]
    [InlineData("../escape")]
    [InlineData("..")]
    [InlineData("a/b")]
    public void An_id_that_is_a_path_is_refused(string id)
    {
        _runtime.Write(_runtime.Spec("true"));
        Assert.Contains("invalid id", _runtime.Call("create", "--bundle", _runtime.Bundle, id).Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_terminals_socket_is_refused_in_words() =>
        Assert.Contains(
            "terminals are not supported",
            _runtime.Call("create", "--console-socket", "/x", "c").Error,
            StringComparison.Ordinal
        );

    [SkippableFact]
    public void A_broken_document_is_named()
    {
        File.WriteAllText($"{_runtime.Bundle}/config.json", "{ \"process\": 5 }");
        Assert.Contains(
            "not a valid runtime-spec document",
            _runtime.Call("create", "--bundle", _runtime.Bundle, "c").Error,
            StringComparison.Ordinal
        );
    }

    [SkippableFact]
    public void List_shows_the_containers_of_this_root()
    {
        _runtime.Create(_runtime.Spec("sleep", "100"));
        Assert.Equal("c\n", _runtime.Call("list", "--quiet").Output);
        Assert.Contains("\"status\": \"created\"", _runtime.Call("list", "--format", "json").Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_limit_that_cannot_be_had_stops_the_create_and_leaves_nothing()
    {
        Spec spec = _runtime.Spec("true");
        _runtime.Write(spec with { Linux = spec.Linux! with { Resources = new LinuxResources { Cpu = new LinuxCpu { Cpus = "5000" } } } });
        Result result = _runtime.Call("create", "--bundle", _runtime.Bundle, "c");
        Assert.Equal(1, result.Code);
        Assert.False(Directory.Exists($"{_runtime.Root}/c"));
    }
}
