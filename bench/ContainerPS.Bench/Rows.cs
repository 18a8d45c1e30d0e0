using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using ContainerPS.Engine;

namespace ContainerPS.Bench;

/// <summary>The rows of the table, in the order of the issue that set their bounds.</summary>
public sealed partial class Rows(Workspace workspace, FloorProcess floor, Peers peers, PowerShellHost? shell, string? pwsh, string module)
{
    private static readonly TimeSpan Isolated = TimeSpan.FromMilliseconds(200);
    private static readonly ContainerDefinition True = new() { Image = Workspace.ImageName, Command = ["/bin/true"] };
    private static readonly ContainerDefinition Sleep = new() { Image = Workspace.ImageName, Command = ["/bin/sleep", "100000"] };
    private const string InvokeTrue = "Invoke-Container busybox -- /bin/true";

    private const string ExecTraced = """
        (traced 2026-11-21, tracing costs 10 to 20 % on top) of 1.75 ms: 0.41 until the shim has its plan, of which the floor has nothing
          (lock and state 0.09, proof that the process is the container's 0.07, its users, streams and the host's facts 0.10, plan 0.10,
          hand-over 0.05); the shim's descriptors and mapping of the plan 0.07, floor nothing. The same in both: clone 0.05, cgroups 0.16,
          session and namespaces 0.04, bounding set, seccomp and capabilities 0.15, execve 0.10, the program 0.35, its end and waking the
          caller's idle processor 0.25, closing 0.08.
        """;

    private Container? _standing;

    public IEnumerable<Row> All()
    {
        yield return new(
            "start of a created container to exec",
            [new("engine", StartOnly) { IsManaged = true }, FloorInSeries("start"), Floor("start")],
            [Bound.AtMostTimes("C floor in a series (start)", 1.3)]
        )
        {
            Pause = Isolated,
        };
        yield return new(
            "whole life of true, isolated",
            [
                new("engine", Life) { IsManaged = true },
                FloorInSeries("life"),
                Floor("life"),
                peers.RunSame("crun"),
                peers.RunBundle("crun"),
                peers.RunSame("runc"),
                peers.RunBundle("runc"),
                peers.Podman(),
            ],
            [
                Bound.AtMostTimes("C floor in a series (life)", 1.5),
                Bound.FasterTimes("crun run, same container", 5),
                Bound.FasterTimes("crun run", 5),
                Bound.FasterTimes("podman run --rm", 24),
            ]
        )
        {
            Pause = Isolated,
        };
        yield return new(
            "whole life of true, back to back",
            [
                new("engine", Life) { IsManaged = true },
                FloorInSeries("life"),
                Floor("life"),
                peers.RunSame("crun"),
                peers.RunBundle("crun"),
            ],
            [Bound.FasterTimes("crun run, same container", 2), Bound.FasterTimes("crun run", 2)]
        )
        {
            Runs = 100,
        };
        yield return new(
            "whole life of true by cmdlet in a warm pwsh",
            [Cmdlet(), new("engine", Life) { IsManaged = true }],
            [Bound.AtMostMore("engine", 1, "ms")]
        )
        {
            Pause = Isolated,
        };
        yield return new(
            "containerps run of a bundle",
            [Runtime(), peers.RunBundle("crun"), peers.RunBundle("runc")],
            [Bound.FasterTimes("crun run", 1)]
        )
        {
            Pause = Isolated,
        };
        yield return new(
            "exec of true",
            [new("engine", Exec) { IsManaged = true }, Floor("exec")],
            [Bound.AtMostTimes("C floor (exec)", 1.3)]
        )
        {
            Pause = Isolated,
            Traced = ExecTraced,
        };
        yield return new(
            "100 containers, one after another",
            [new("engine", Hundred(Life)), Hundreds(peers.RunBundle("crun"))],
            [Bound.FasterTimes("crun run", 1)]
        )
        {
            Runs = 3,
        };
        yield return new("cold: a new shell runs true", [Cold(), peers.Docker(), peers.Podman()], []) { Runs = 7, Pause = Isolated };
        yield return new("Import-Module over a bare pwsh", [Import(), Bare()], [Bound.AtMostMore("pwsh -c 1", 100, "ms")]) { Runs = 11 };
        yield return new("memory of an idle monitor", [new("PSS", MonitorPss)], [])
        {
            Unit = "KB",
            Runs = 5,
            Ceiling = 64,
        };
    }

    public void Finish()
    {
        if (_standing is not null)
        {
            workspace.Engine.Containers.Remove(_standing, force: true);
        }
    }

    /// <summary>A container that stands while others are measured; the floor learns its hierarchies from it.</summary>
    public static Container Stand(ContainerEngine engine)
    {
        Container container = engine.Containers.Create(Sleep);
        engine.Containers.Start(container);
        return container;
    }

    private Contender Floor(string what) => new($"C floor ({what})", () => floor.Measure(what));

    /// <summary>
    /// The engine's equal in these rows: who starts one container after another has the next monitor ready, and for a run the next writable
    /// layer; the floor too.
    /// </summary>
    private Contender FloorInSeries(string what) => new($"C floor in a series ({what})", () => floor.Measure("reserve " + what));

    private double StartOnly()
    {
        Container container = workspace.Engine.Containers.Create(Sleep);
        long begun = Stopwatch.GetTimestamp();
        workspace.Engine.Containers.Start(container);
        double took = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
        workspace.Engine.Containers.Remove(container, force: true);
        return took;
    }

    private double Life()
    {
        long begun = Stopwatch.GetTimestamp();
        using ContainerRun run = workspace.Engine.Containers.Run(True);
        ExecResult result = run.Wait();
        double took = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
        return result.ExitCode == 0 ? took : throw new InvalidOperationException($"true ended with {result.ExitCode}.");
    }

    private double Exec()
    {
        _standing ??= Stand(workspace.Engine);
        long begun = Stopwatch.GetTimestamp();
        using ContainerExec exec = workspace.Engine.Containers.Exec(_standing, new ExecDefinition { Command = ["/bin/true"] });
        ExecResult result = exec.Wait();
        double took = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
        return result.ExitCode == 0 ? took : throw new InvalidOperationException($"true ended with {result.ExitCode}.");
    }

    private static Func<double> Hundred(Func<double> once) =>
        () =>
        {
            long begun = Stopwatch.GetTimestamp();
            for (int i = 0; i < 100; i++)
            {
                once();
            }

            return Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
        };

    private static Contender Hundreds(Contender one) => one.Once is { } once ? one with { Once = Hundred(once) } : one;

    private Contender Cmdlet() =>
        shell is null
            ? NoShell("Invoke-Container, warm pwsh")
            : new("Invoke-Container, warm pwsh", () => shell.Measure(InvokeTrue)) { IsManaged = true };

    private Contender Runtime()
    {
        int serial = 0;
        return new(
            "containerps run",
            () => floor.Run(Workspace.Executable, "run", "--bundle", workspace.Bundle, $"bench-{Environment.ProcessId}-ours-{serial++}")
        );
    }

    private Contender Cold() =>
        pwsh is null
            ? NoShell("pwsh -c Invoke-Container")
            : new(
                "pwsh -c Invoke-Container",
                () =>
                    floor.Run([
                        "env",
                        .. workspace.Environment_.Select(pair => $"{pair.Key}={pair.Value}"),
                        pwsh,
                        "-NoProfile",
                        "-c",
                        $"Import-Module {module}; {InvokeTrue}",
                    ])
            );

    private Contender Import() =>
        pwsh is null
            ? NoShell("pwsh -c Import-Module")
            : new("pwsh -c Import-Module", () => floor.Run(pwsh, "-NoProfile", "-c", $"Import-Module {module}"));

    private Contender Bare() => pwsh is null ? NoShell("pwsh -c 1") : new("pwsh -c 1", () => floor.Run(pwsh, "-NoProfile", "-c", "1"));

    private static Contender NoShell(string name) => new(name, null, "pwsh is not on PATH");

    private double MonitorPss()
    {
        _standing ??= Stand(workspace.Engine);
        string state = File.ReadAllText(Path.Combine(workspace.RunRoot, "run", "containers", _standing.Id, "state"));
        string pid = MonitorPid().Match(state).Groups[1].Value;
        string line = File.ReadLines($"/proc/{pid}/smaps_rollup").First(text => text.StartsWith("Pss:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    [GeneratedRegex("\"monitor\":([0-9]+)")]
    private static partial Regex MonitorPid();
}
