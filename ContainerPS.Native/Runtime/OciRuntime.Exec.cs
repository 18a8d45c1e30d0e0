using ContainerPS.Native.Launch;
using ContainerPS.Native.Oci;

namespace ContainerPS.Native.Runtime;

/// <summary>exec and run: the verbs that stay until a process has ended.</summary>
public sealed partial class OciRuntime
{
    /// <summary>One more process. Detached, the caller's subreaper waits for it (conmon); otherwise the result is its exit code.</summary>
    public int Exec(string id, Process process, bool detach, string? pidFile, int preservedDescriptors)
    {
        RuntimeContainer container = Running(id);
        if (container.Status == "paused")
        {
            throw new RuntimeException($"cannot exec in a paused container: {id}");
        }

        CheckPreserved(preservedDescriptors);
        using LaunchedProcess launched = ContainerLauncher.Exec(
            new ExecRequest
            {
                ContainerId = id,
                ContainerPid = container.State.Pid,
                ContainerStartTicks = container.State.StartTicks,
                Spec = container.Spec,
                Process = process,
                Cgroup = container.OpenCgroup(),
                Stdio = new StdioSettings { Inherit = true },
                PreservedDescriptors = preservedDescriptors,
                Detach = detach,
                SeccompCacheDirectory = $"{_root}/.seccomp",
            }
        );
        WritePidFile(pidFile, launched.Pid);
        if (detach)
        {
            return 0;
        }

        using var signals = SignalForwarding.To(launched.Pid);
        return launched.WaitForExit().ShellCode ?? 255;
    }

    /// <summary>create, start and, unless detached, wait and delete; the result is the container's exit code.</summary>
    public int Run(CreateOptions options, bool detach, bool keep)
    {
        if (!detach)
        {
            ChildReaping.BecomeSubreaper();
        }

        RuntimeContainer container = Create(options);
        using SignalForwarding? signals = detach ? null : SignalForwarding.To(container.State.Pid);
        try
        {
            Start(container);
        }
        catch
        {
            Delete(options.Id, force: true);
            throw;
        }

        if (detach)
        {
            return 0;
        }

        int code = ChildReaping.Wait(container.State.Pid);
        if (!keep)
        {
            Delete(options.Id, force: true);
        }

        return code;
    }
}
