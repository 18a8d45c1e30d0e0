using System.Diagnostics;
using ContainerPS.Native.Cgroups;
using ContainerPS.Native.Oci;

namespace ContainerPS.Runtime.Tests;

/// <summary>A cgroup that a create did not make and fill is another's: nothing in it is ever killed.</summary>
public sealed class CgroupTests : IDisposable
{
    private const long MiB = 1 << 20;

    private readonly RuntimeFixture _runtime = new();
    private readonly List<System.Diagnostics.Process> _strangers = [];

    public void Dispose()
    {
        foreach (System.Diagnostics.Process stranger in _strangers)
        {
            stranger.Kill();
            stranger.WaitForExit();
            stranger.Dispose();
        }

        _runtime.Dispose();
    }

    [SkippableFact]
    public void A_create_into_a_cgroup_of_others_is_refused_and_their_processes_live()
    {
        System.Diagnostics.Process stranger = Enter(CgroupHost.Detect().Create(_runtime.Cgroup));
        _runtime.Write(_runtime.Spec("true"));

        Result result = _runtime.Call("create", "--bundle", _runtime.Bundle, "c");

        Assert.Equal(1, result.Code);
        Assert.Contains("has processes", result.Error, StringComparison.Ordinal);
        Assert.False(stranger.WaitForExit(200), "the create killed a process that is not its own");
        Assert.Contains(stranger.Id, Open().Processes());
        Assert.False(Directory.Exists($"{_runtime.Root}/c"));
    }

    [SkippableFact]
    public void A_create_that_fails_in_an_empty_cgroup_of_others_leaves_that_cgroup()
    {
        CgroupHost.Detect().Create(_runtime.Cgroup);
        _runtime.Write(_runtime.Spec("/bin/nosuch"));

        Assert.Equal(1, _runtime.Call("create", "--bundle", _runtime.Bundle, "c").Code);

        Assert.True(Open().Exists);
        Assert.Empty(Open().Processes());
    }

    [SkippableFact]
    public void A_create_that_fails_removes_the_cgroup_that_it_made()
    {
        _runtime.Write(_runtime.Spec("/bin/nosuch"));

        Assert.Equal(1, _runtime.Call("create", "--bundle", _runtime.Bundle, "c").Code);

        Assert.False(Open().Exists);
    }

    [SkippableFact]
    public void Two_roots_have_containers_of_one_id()
    {
        string other = $"{_runtime.Bundle}/other";
        Spec spec = _runtime.Spec("sleep", "100");
        _runtime.Write(spec with { Linux = spec.Linux! with { CgroupsPath = null } });
        try
        {
            Assert.Equal(0, _runtime.Call("create", "--bundle", _runtime.Bundle, "c").Code);
            Result second = _runtime.Call("--root", other, "create", "--bundle", _runtime.Bundle, "c");
            Assert.True(second.Code == 0, second.Error);
            Assert.Equal("created", _runtime.Status());
            Assert.Equal(0, _runtime.Call("--root", other, "delete", "--force", "c").Code);
            Assert.Equal("created", _runtime.Status());
        }
        finally
        {
            _runtime.Call("--root", other, "delete", "--force", "c");
            _runtime.Call("delete", "--force", "c");
        }

        Assert.Empty(
            CgroupHost.Detect().Hierarchies.SelectMany(hierarchy => Directory.GetDirectories(hierarchy.MountPoint, "c-????????????"))
        );
    }

    [SkippableFact]
    public void A_delete_of_a_container_that_has_ended_kills_nobody_who_came_into_its_cgroup_since()
    {
        End(_runtime.Spec("true"));
        System.Diagnostics.Process stranger = Enter(Open());

        Result refused = _runtime.Call("delete", "c");

        Assert.Equal(1, refused.Code);
        Assert.Contains("still in use", refused.Error, StringComparison.Ordinal);
        Assert.Equal("stopped", _runtime.Status());
        Assert.Equal(0, _runtime.Call("delete", "--force", "c").Code);
        Assert.False(stranger.WaitForExit(200), "the delete killed a process that is not the container's");
    }

    [SkippableFact]
    public void A_delete_kills_and_removes_no_cgroup_that_another_made_at_the_containers_path()
    {
        Spec spec = _runtime.Spec("true");
        End(spec with { Linux = spec.Linux! with { Namespaces = [.. spec.Linux.Namespaces!.Where(entry => entry.Type != "pid")] } });
        Open().Remove(TimeSpan.FromSeconds(3));
        System.Diagnostics.Process stranger = Enter(CgroupHost.Detect().Create(_runtime.Cgroup));

        Assert.Equal(0, _runtime.Call("delete", "c").Code);

        Assert.False(stranger.WaitForExit(200), "the delete killed a process that is not the container's");
        Assert.True(Open().Exists);
    }

    [SkippableFact]
    public void Signals_to_all_and_limits_reach_no_cgroup_of_a_container_that_has_ended()
    {
        End(_runtime.Spec("true"));
        System.Diagnostics.Process stranger = Enter(Open());

        Assert.Equal(0, _runtime.Call("kill", "--all", "c", "KILL").Code);
        Assert.Contains("not running", _runtime.Call("update", "--pids-limit", "7", "c").Error, StringComparison.Ordinal);
        Assert.Contains("not running", _runtime.Call("resume", "c").Error, StringComparison.Ordinal);
        Assert.DoesNotContain($"{stranger.Id}", _runtime.Call("ps", "c").Output, StringComparison.Ordinal);

        Assert.False(stranger.WaitForExit(200), "the signal reached a process that is not the container's");
        Assert.NotEqual("7", _runtime.CgroupFile("pids", "pids.max"));
        stranger.Kill();
        stranger.WaitForExit();
    }

    [SkippableFact]
    public void A_container_without_a_pid_namespace_ends_whole()
    {
        Spec spec = _runtime.Spec("sh", "-c", "sleep 100 & echo; sleep 100");
        _runtime.Create(
            spec with
            {
                Linux = spec.Linux! with { Namespaces = [.. spec.Linux.Namespaces!.Where(entry => entry.Type != "pid")] },
            }
        );
        _runtime.Call("start", "c");
        Eventually.True(() => Open().Processes().Count > 1, "a second process");

        Assert.Equal(0, _runtime.Call("delete", "--force", "c").Code);

        Assert.False(Open().Exists);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_paused_container_is_deleted_by_force(bool ownsPids)
    {
        Spec spec = _runtime.Spec("sleep", "100");
        _runtime.Create(
            ownsPids
                ? spec
                : spec with
                {
                    Linux = spec.Linux! with { Namespaces = [.. spec.Linux.Namespaces!.Where(entry => entry.Type != "pid")] },
                }
        );
        _runtime.Call("start", "c");
        Assert.Equal(0, _runtime.Call("pause", "c").Code);
        Assert.Equal("paused", _runtime.Status());

        Result deleted = _runtime.Call("delete", "--force", "c");

        Assert.True(deleted.Code == 0, deleted.Error);
        Assert.False(Open().Exists);
    }

    [SkippableFact]
    public void Limits_are_written_in_an_order_that_an_old_cgroup_takes()
    {
        Cgroup old = CgroupHost.Detect().Create(_runtime.Cgroup);
        old.Apply(
            new LinuxResources
            {
                Memory = new LinuxMemory { Limit = 16 * MiB, Swap = 16 * MiB },
            }
        );
        Spec spec = _runtime.Spec("true");
        var larger = new LinuxResources
        {
            Memory = new LinuxMemory { Limit = 128 * MiB, Swap = 128 * MiB },
        };

        Result result = _runtime.Run(spec with { Linux = spec.Linux! with { Resources = larger } });

        Assert.True(result.Code == 0, result.Error);
    }

    [SkippableFact]
    public void A_default_cgroup_that_an_old_run_left_passes_on_no_limit()
    {
        Spec spec = _runtime.Spec("sleep", "100");
        spec = spec with { Linux = spec.Linux! with { CgroupsPath = null } };
        _runtime.Write(spec);
        string path;
        try
        {
            _runtime.Create(spec);
            path = PathOf(_runtime.State().Pid);
        }
        finally
        {
            _runtime.Call("delete", "--force", "c");
        }

        CgroupHost.Detect().Create(path).Apply(new LinuxResources { Pids = new LinuxPids { Limit = 7 } });
        try
        {
            _runtime.Create(spec);
            Assert.Null(CgroupHost.Detect().Open(path).ReadEffective().PidsMax);
        }
        finally
        {
            _runtime.Call("delete", "--force", "c");
        }

        Assert.False(CgroupHost.Detect().Open(path).Exists);
    }

    private Cgroup Open() => CgroupHost.Detect().Open(_runtime.Cgroup);

    private void End(Spec spec)
    {
        _runtime.Create(spec);
        _runtime.Call("start", "c");
        _runtime.Await("stopped");
    }

    /// <summary>The cgroup of the pids controller, or of cgroup v2.</summary>
    private static string PathOf(int pid) =>
        File.ReadAllLines($"/proc/{pid}/cgroup")
            .Select(line => line.Split(':', 3))
            .First(fields => fields[1].Split(',').Contains("pids") || (fields[1].Length == 0 && fields[2] != "/"))[2];

    private System.Diagnostics.Process Enter(Cgroup cgroup)
    {
        IEnumerable<string> files = cgroup.JoinFiles.Count > 0 ? cgroup.JoinFiles : [$"{cgroup.UnifiedDirectory}/cgroup.procs"];
        string join = string.Concat(files.Select(file => $"echo 0 >{file} && "));
        var start = new ProcessStartInfo("/bin/sh", ["-c", $"{join}echo in && exec sleep 100"]) { RedirectStandardOutput = true };
        System.Diagnostics.Process stranger = System.Diagnostics.Process.Start(start)!;
        _strangers.Add(stranger);
        Assert.Equal("in", stranger.StandardOutput.ReadLine());
        return stranger;
    }
}
