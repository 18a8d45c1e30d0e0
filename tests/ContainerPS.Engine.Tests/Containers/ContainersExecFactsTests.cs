namespace ContainerPS.Engine.Tests.Containers;

/// <summary>
/// What an exec relies on (users, cgroups, which process it joins) is as it is at that moment, not as it was at an exec before.
/// </summary>
[Collection(KernelTests.Name)]
public sealed class ContainersExecFactsTests : IDisposable
{
    private readonly TestStore _store = new();

    private ContainerEngine Engine => _store.Engine;

    public void Dispose() => _store.Dispose();

    [SkippableFact]
    public void A_user_that_was_changed_since_the_last_exec_is_found_as_it_is_now()
    {
        TestStore.NeedsRoot();
        Container container = _store.Ready(TestStore.Idle());

        Exec(container, "printf 'worker:x:4242:4243::/home/first:/bin/sh\\n' > /etc/passwd");
        Assert.Equal(["4242 4243 /home/first"], Exec(container, Identity, "worker").Stdout);
        Exec(container, "printf 'worker:x:5252:5253::/home/then:/bin/sh\\n' > /etc/passwd");
        Assert.Equal(["5252 5253 /home/then"], Exec(container, Identity, "worker").Stdout);
        Exec(container, "rm /etc/passwd");
        Assert.Contains(
            "worker",
            Assert.Throws<ContainerStartException>(() => Exec(container, Identity, "worker")).Message,
            StringComparison.Ordinal
        );
        Assert.Equal(["4242 0 /"], Exec(container, Identity, "4242").Stdout);
    }

    [SkippableFact]
    public void It_is_in_every_cgroup_of_the_container()
    {
        TestStore.NeedsRoot();
        Container container = _store.Ready(TestStore.Idle());

        IReadOnlyList<string> groups = Exec(container, "cat /proc/1/cgroup; echo; cat /proc/self/cgroup").Stdout;

        int lines = groups.Count / 2;
        Assert.NotEqual(0, lines);
        Assert.Equal(groups.Take(lines), groups.Skip(lines + 1));
        using ContainerExec exec = Engine.Containers.Exec(container, new ExecDefinition { Command = ["sleep", "1000"] });
        Assert.Contains(container.Cgroup.Path, File.ReadAllText($"/proc/{exec.Pid}/cgroup"), StringComparison.Ordinal);
        Assert.Equal(File.ReadAllText($"/proc/{container.Pid}/cgroup"), File.ReadAllText($"/proc/{exec.Pid}/cgroup"));
    }

    [SkippableFact]
    public void After_a_restart_by_another_process_it_joins_the_new_run()
    {
        TestStore.NeedsRoot();
        Container container = _store.Ready(TestStore.Idle());
        Exec(container, "true");
        int? first = container.Pid;

        ContainerEngine other = _store.Another();
        other.Containers.Stop(other.Containers.Get(container.Id));
        Assert.Equal(ErrorIds.ContainerNotRunning, Assert.Throws<ContainerStateException>(() => Exec(container, "true")).ErrorId);
        other.Containers.Start(other.Containers.Get(container.Id));

        Assert.NotEqual(first, container.Pid);
        using ContainerExec exec = Engine.Containers.Exec(container, new ExecDefinition { Command = ["sleep", "1000"] });
        Assert.Equal(new FileInfo($"/proc/{container.Pid}/ns/pid").LinkTarget, new FileInfo($"/proc/{exec.Pid}/ns/pid").LinkTarget);
    }

    [SkippableFact]
    public void A_container_made_anew_under_the_same_name_is_another_one()
    {
        TestStore.NeedsRoot();
        Container gone = _store.Ready(TestStore.Idle("again") with { Hostname = "first" });
        Assert.Equal(["first"], Exec(gone, "hostname").Stdout);

        Engine.Containers.Remove(gone, force: true);
        Container made = _store.Ready(
            TestStore.Idle("again") with
            {
                Hostname = "then",
                Env = new Dictionary<string, string?> { ["A"] = "1" },
            }
        );

        Assert.Equal(["then 1"], Exec(made, "echo $(hostname) $A").Stdout);
        Assert.Throws<ContainerObjectNotFoundException>(() => Exec(gone, "hostname"));
    }

    [SkippableFact]
    public void It_may_do_what_its_own_container_may()
    {
        TestStore.NeedsRoot();
        Container less = _store.Ready(TestStore.Idle() with { CapDrop = ["ALL"], NoNewPrivileges = true });
        Container more = _store.Ready(TestStore.Idle() with { CapAdd = ["SYS_PTRACE"], Seccomp = "unconfined" });
        for (int round = 0; round < 2; round++)
        {
            foreach (Container? container in new[] { less, more })
            {
                IReadOnlyList<string> both = Exec(
                    container,
                    "for p in 1 self; do grep -E '^(CapBnd|CapPrm|NoNewPrivs|Seccomp):' /proc/$p/status; done"
                ).Stdout;
                Assert.Equal(8, both.Count);
                Assert.Equal(both.Take(4), both.Skip(4));
            }
        }

        Assert.NotEqual(Exec(less, "grep CapBnd /proc/self/status").Stdout, Exec(more, "grep CapBnd /proc/self/status").Stdout);
    }

    private const string Identity = "echo $(id -u) $(id -g) $HOME";

    private ExecResult Exec(Container container, string script, string? user = null)
    {
        using ContainerExec exec = Engine.Containers.Exec(
            container,
            new ExecDefinition { Command = ["/bin/sh", "-c", script], User = user }
        );
        return exec.Wait();
    }
}
