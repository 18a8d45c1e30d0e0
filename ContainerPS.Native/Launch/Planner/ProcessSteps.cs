using ContainerPS.Native.Linux;
using ContainerPS.Native.Oci;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Launch.Planner;

/// <summary>What holds for init and for the process of an exec alike: limits, scheduling, working directory, program.</summary>
internal static class ProcessSteps
{
    /// <summary>The sentence of the check before an OCI create reports success: its failure is a command that is not there.</summary>
    public const string LookingForCommand = "looking for the command";
    public const string Executing = "executing the command";

    private const string DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private const int Enoent = 2,
        Eacces = 13,
        Eperm = 1;

    private static readonly string[] _limits =
    [
        "CPU",
        "FSIZE",
        "DATA",
        "STACK",
        "CORE",
        "RSS",
        "NPROC",
        "NOFILE",
        "MEMLOCK",
        "AS",
        "LOCKS",
        "SIGPENDING",
        "MSGQUEUE",
        "NICE",
        "RTPRIO",
        "RTTIME",
    ];

    /// <summary>
    /// Through the host's procfs, before it is out of reach. Lowering the value needs CAP_SYS_RESOURCE, which a starter in a container
    /// lacks: best effort there.
    /// </summary>
    public static void WriteHostFiles(PlanTrack child, Process process, int ownOomScoreAdjust)
    {
        int adjust = process.OomScoreAdj ?? ownOomScoreAdjust;
        if (adjust != ownOomScoreAdjust)
        {
            child.WriteFile(
                "setting oom_score_adj",
                PlanValue.CurrentDirectory,
                "/proc/self/oom_score_adj",
                $"{adjust}",
                accept: adjust < ownOomScoreAdjust ? Eacces : 0,
                alsoAccept: adjust < ownOomScoreAdjust ? Eperm : 0
            );
        }
    }

    public static void WriteLimits(PlanBuilder plan, Process process)
    {
        PlanTrack child = plan.Child;
        foreach (PosixRlimit limit in process.Rlimits ?? [])
        {
            string name = limit.Type.StartsWith("RLIMIT_", StringComparison.Ordinal) ? limit.Type["RLIMIT_".Length..] : "";
            int number = Array.IndexOf(_limits, name);
            if (number < 0)
            {
                throw new LaunchException(LaunchFailure.Setup, $"There is no resource limit '{limit.Type}'.");
            }

            child.Call(
                $"setting {limit.Type} to {limit.Soft}:{limit.Hard}",
                SystemCall.prlimit64,
                [0, PlanValue.Constant(number, limit.Type), plan.Words($"{{{limit.Soft}, {limit.Hard}}}", limit.Soft, limit.Hard), 0]
            );
        }

        SchedulingSteps.Write(plan, process);
        child.Call(
            "setting the umask",
            SystemCall.umask,
            [PlanValue.Constant(plan, process.User?.Umask ?? 0x12, $"0{Convert.ToString(process.User?.Umask ?? 0x12, 8)}")]
        );
    }

    /// <summary>
    /// A session of its own, without a controlling terminal, and a session keyring that shares no key with the starter's.
    /// </summary>
    public static void NewSession(PlanBuilder plan, string containerId, SecurityModuleSteps modules)
    {
        const int enosys = 38,
            edquot = 122;
        plan.Child.Call("making a session", SystemCall.setsid, [], accept: Eperm);
        modules.JoinKeyring(() =>
            plan.Child.Call(
                "joining a session keyring",
                SystemCall.keyctl,
                [PlanValue.Constant(KEYCTL_JOIN_SESSION_KEYRING, "KEYCTL_JOIN_SESSION_KEYRING"), plan.Utf8($"_ses.{containerId}")],
                enosys,
                edquot
            )
        );
    }

    /// <summary>
    /// The directory was made and opened beneath the root; after the pivot it is entered and must be seen there (CVE-2024-21626).
    /// </summary>
    public static void EnterWorkingDirectory(PlanTrack child, PlanValue? directory, string path)
    {
        if (directory is { } open)
        {
            child.Call($"entering the working directory {path}", SystemCall.fchdir, [open]);
            child.Close(open);
        }

        child.VerifyWorkingDirectory($"checking that the working directory {path} lies in the container");
    }

    /// <summary>
    /// OCI create answers only when start can succeed: the command is looked up, as the container's user, before it waits.
    /// </summary>
    public static void CheckCommand(PlanBuilder plan, Process process) => CheckFrom(plan, Candidates(process), 0);

    private static void CheckFrom(PlanBuilder plan, IReadOnlyList<string> candidates, int index)
    {
        const int executable = 1;
        PlanTrack child = plan.Child;
        if (index == candidates.Count - 1)
        {
            child.Call(
                LookingForCommand,
                SystemCall.faccessat,
                [PlanValue.CurrentDirectory, plan.Utf8(candidates[index]), PlanValue.Constant(executable, "X_OK")]
            );
            return;
        }

        PlanValue found = child.CallInto(
            LookingForCommand,
            SystemCall.faccessat,
            [PlanValue.CurrentDirectory, plan.Utf8(candidates[index]), PlanValue.Constant(executable, "X_OK")],
            Enoent,
            Eacces
        );
        using (child.Unless(found, PlanComparison.Equal, 0))
        {
            CheckFrom(plan, candidates, index + 1);
        }

        child.Release(found);
    }

    public static void Execute(PlanBuilder plan, Process process, IReadOnlyList<string> environment) =>
        plan.Child.Exec(Executing, Candidates(process), plan.Strings(process.Args!), plan.Strings(environment));

    /// <summary>A name without a slash is looked for in PATH, the container's, as execvp does.</summary>
    public static IReadOnlyList<string> Candidates(Process process)
    {
        string command = process.Args![0];
        if (command.Contains('/', StringComparison.Ordinal))
        {
            return [command];
        }

        string path =
            process.Env?.LastOrDefault(entry => entry.StartsWith("PATH=", StringComparison.Ordinal))?["PATH=".Length..] ?? DefaultPath;
        return
        [
            .. path.Split(':')
                .Where(directory => directory.StartsWith('/'))
                .Select(directory => $"{directory.TrimEnd('/')}/{command}")
                .DefaultIfEmpty(command),
        ];
    }

    public static void Validate(Process? process)
    {
        if (process is null)
        {
            throw new LaunchException(LaunchFailure.Setup, "The spec has no process.");
        }

        if (process.Args is not { Count: > 0 } || process.Args[0].Length == 0)
        {
            throw new LaunchException(LaunchFailure.CommandNotFound, "The spec's process has no command (args is empty).");
        }

        if (process.Terminal)
        {
            throw new LaunchException(LaunchFailure.Setup, "The process wants a terminal (process.terminal): terminals are not supported.");
        }

        if (process.Cwd is not { } cwd || !cwd.StartsWith('/'))
        {
            throw new LaunchException(LaunchFailure.Setup, $"The working directory '{process.Cwd}' is not absolute.");
        }

        if (HasNul(process.Args) || HasNul(process.Env ?? []) || cwd.Contains('\0', StringComparison.Ordinal))
        {
            throw new LaunchException(
                LaunchFailure.Setup,
                "An argument, an environment entry or the working directory contains a NUL byte."
            );
        }
    }

    private static bool HasNul(IReadOnlyList<string> texts)
    {
        for (int i = 0; i < texts.Count; i++)
        {
            if (texts[i].Contains('\0', StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }
}
