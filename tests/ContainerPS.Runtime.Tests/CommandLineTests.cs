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
