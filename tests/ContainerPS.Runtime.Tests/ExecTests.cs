using System.Text.Json;
using ContainerPS.Native.Oci;

namespace ContainerPS.Runtime.Tests;

/// <summary>exec, pause, resume, ps, update: verbs on a running container.</summary>
public sealed class ExecTests : IDisposable
{
    private readonly RuntimeFixture _runtime = new();

    public void Dispose() => _runtime.Dispose();

    [SkippableFact]
    public void An_exec_runs_in_the_containers_namespaces_and_returns_its_code()
    {
        Start();
        Result result = _runtime.CallWithInput(
            "in",
            "exec",
            "--env",
            "A=b",
            "--cwd",
            "/tmp",
            "--user",
            "1000:1000",
            "c",
            "sh",
            "-c",
            "hostname; pwd; id -u; echo $A; cat; exit 9"
        );
        Assert.Equal("containerps\n/tmp\n1000\nb\nin", result.Output);
        Assert.Equal(9, result.Code);
    }

    [SkippableFact]
    public void An_exec_is_in_the_containers_cgroup()
    {
        Start();
        Assert.All(
            _runtime
                .Call("exec", "c", "cat", "/proc/self/cgroup")
                .Output.Trim()
                .Split('\n')
                .Where(line => !line.StartsWith("0::", StringComparison.Ordinal)),
            line => Assert.EndsWith(":/", line, StringComparison.Ordinal)
        );
    }

    [SkippableFact]
    public void A_process_document_is_executed()
    {
        Start();
        Process process = _runtime.Spec("sh", "-c", "echo $X").Process! with { Env = ["X=document", "PATH=/bin"] };
        File.WriteAllBytes($"{_runtime.Bundle}/process.json", JsonSerializer.SerializeToUtf8Bytes(process, OciJson.Default.Process));
        Assert.Equal("document\n", _runtime.Call("exec", "--process", $"{_runtime.Bundle}/process.json", "c").Output);
    }

    [SkippableFact]
    public void A_detached_exec_leaves_its_pid()
    {
        Start();
        string path = $"{_runtime.Bundle}/exec.pid";
        Assert.Equal(0, _runtime.Call("exec", "--detach", "--pid-file", path, "c", "sleep", "50").Code);
        Assert.Contains($"{File.ReadAllText(path)}", _runtime.Call("ps", "--format", "json", "c").Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_command_that_is_missing_is_255_and_the_container_goes_on()
    {
        Start();
        Result result = _runtime.Call("exec", "c", "nosuch");
        Assert.Equal(255, result.Code);
        Assert.Contains("not found", result.Error, StringComparison.Ordinal);
        Assert.Equal("running", _runtime.Status());
    }

    [SkippableFact]
    public void A_stopped_container_takes_no_exec()
    {
        Start();
        _runtime.Call("kill", "c", "KILL");
        _runtime.Await("stopped");
        Assert.Contains("not running", _runtime.Call("exec", "c", "true").Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_paused_container_says_so_and_resumes()
    {
        Start();
        Assert.Equal(0, _runtime.Call("pause", "c").Code);
        Assert.Equal("paused", _runtime.Status());
        Assert.Equal(0, _runtime.Call("resume", "c").Code);
        Assert.Equal("running", _runtime.Status());
    }

    [SkippableFact]
    public void Limits_change_while_it_runs()
    {
        Start();
        Assert.Equal(0, _runtime.Call("update", "--pids-limit", "77", "c").Code);
        Assert.Equal("77", _runtime.CgroupFile("pids", "pids.max"));
        Assert.Equal(0, _runtime.CallWithInput("""{"pids":{"limit":78}}""", "update", "--resources", "-", "c").Code);
        Assert.Equal("78", _runtime.CgroupFile("pids", "pids.max"));
    }

    [SkippableFact]
    public void All_processes_get_a_signal_with_all()
    {
        Start();
        _runtime.Call("exec", "--detach", "c", "sleep", "50");
        Assert.Equal(0, _runtime.Call("kill", "--all", "c", "KILL").Code);
        _runtime.Await("stopped");
    }

    private void Start()
    {
        _runtime.Create(_runtime.Spec("sleep", "100"));
        Assert.Equal(0, _runtime.Call("start", "c").Code);
    }
}
