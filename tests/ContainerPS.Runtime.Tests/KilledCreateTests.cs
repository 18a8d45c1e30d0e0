using System.Diagnostics;
using System.Globalization;
using ContainerPS.Native.Cgroups;
using ContainerPS.Native.Interop;
using ContainerPS.Native.Oci;
using ContainerPS.Native.Tests;

namespace ContainerPS.Runtime.Tests;

/// <summary>
/// A create that is killed leaves no process, and the next verb of its id leaves nothing else: no cgroup, no directory.
/// </summary>
public sealed class KilledCreateTests : IDisposable
{
    private readonly RuntimeFixture _runtime = new();

    public void Dispose() => _runtime.Dispose();

    [SkippableFact]
    public void A_create_killed_at_any_system_call_leaves_what_the_next_verb_clears()
    {
        _runtime.Write(_runtime.Spec("sleep", "100"));
        Directory.CreateDirectory(_runtime.Root);
        int calls = Count();
        Assert.True(calls > 50, $"only {calls} stops");

        // Both verbs meet each stage; every stop of the main thread would take minutes.
        var random = new Random(8);
        int step = Math.Max(1, calls / 60);
        for (int stop = 0, round = 0; stop < calls; stop += 1 + random.Next(2 * step), round++)
        {
            Killed(stop);
            if (round % 2 == 0)
            {
                Result deleted = _runtime.Call("delete", "--force", "c");
                Assert.True(deleted.Code == 0, $"stop {stop} of {calls}: {deleted.Error}");
            }
            else
            {
                Result created = _runtime.Call("create", "--bundle", _runtime.Bundle, "c");
                // The kill came behind the state: there is a container, and it is stopped or created.
                Assert.True(
                    created.Code == 0 || created.Error.Contains("already exists", StringComparison.Ordinal),
                    $"stop {stop} of {calls}: {created.Error}"
                );
                Assert.Equal(0, _runtime.Call("delete", "--force", "c").Code);
            }

            Assert.False(Open().Exists, $"stop {stop} of {calls}: the cgroup is still there");
            Assert.False(Directory.Exists($"{_runtime.Root}/c"), $"stop {stop} of {calls}: the directory is still there");
        }
    }

    /// <summary>It is no business of the next verb's, which may never come.</summary>
    [SkippableFact]
    public void Init_ends_when_its_creator_is_killed_before_it_is_recorded()
    {
        _runtime.Write(_runtime.Spec("sleep", "100"));
        Directory.CreateDirectory(_runtime.Root);
        int session = Traced(tracer =>
        {
            while (!File.Exists($"{_runtime.Root}/c/state.json.new"))
            {
                Assert.True(tracer.TryStep(), "The record was not seen on its way.");
            }

            Assert.NotEmpty(Open().Processes());
            tracer.Kill();
        });

        AssertSessionEnds(session, "killed before the record");
        Eventually.True(() => Open().Processes().Count == 0, "the end of init");
        Assert.False(File.Exists($"{_runtime.Root}/c/state.json"));
        Assert.Equal(0, _runtime.Call("delete", "--force", "c").Code);
        Assert.False(Open().Exists);
    }

    [SkippableFact]
    public void A_create_killed_in_a_hook_leaves_what_the_next_create_clears()
    {
        string marker = $"{_runtime.Bundle}/in-hook";
        _runtime.Write(
            _runtime.Spec("sleep", "100") with
            {
                Hooks = new Hooks { CreateRuntime = [new Hook { Path = "/bin/sh", Args = ["sh", "-c", $"echo >{marker}; exec sleep 2"] }] },
            }
        );
        using (System.Diagnostics.Process create = Start())
        {
            create.StandardInput.WriteLine();
            Eventually.True(() => File.Exists(marker), "the run of the hook");
            create.Kill();
            create.WaitForExit();
            _runtime.Write(_runtime.Spec("sleep", "100"));

            Result created = _runtime.Call("create", "--bundle", _runtime.Bundle, "c");

            Assert.True(created.Code == 0, created.Error);
            Assert.Equal("created", _runtime.Status());
            Assert.Single(Open().Processes());
            AssertSessionEnds(create.Id, "killed in a hook");
        }
    }

    [SkippableFact]
    public void A_killed_create_and_its_clearing_touch_no_cgroup_of_others()
    {
        _runtime.Write(_runtime.Spec("sleep", "100"));
        Directory.CreateDirectory(_runtime.Root);
        CgroupHost.Detect().Create(_runtime.Cgroup);
        int session = Traced(tracer =>
        {
            while (Open().Processes().Count == 0)
            {
                Assert.True(tracer.TryStep(), "Init was not seen in the cgroup.");
            }

            tracer.Kill();
        });
        AssertSessionEnds(session, "killed before the record");
        Assert.False(File.Exists($"{_runtime.Root}/c/state.json"));

        Assert.Equal(0, _runtime.Call("delete", "--force", "c").Code);

        Assert.True(Open().Exists);
        Eventually.True(() => Open().Processes().Count == 0, "an empty cgroup");
    }

    [SkippableFact]
    public void A_delete_waits_for_a_create_in_progress()
    {
        string marker = $"{_runtime.Bundle}/in-hook";
        _runtime.Write(
            _runtime.Spec("sleep", "100") with
            {
                Hooks = new Hooks { CreateRuntime = [new Hook { Path = "/bin/sh", Args = ["sh", "-c", $"echo >{marker}; exec sleep 1"] }] },
            }
        );
        using System.Diagnostics.Process create = Start();
        create.StandardInput.WriteLine();
        Eventually.True(() => File.Exists(marker), "the run of the hook");

        Assert.Contains("already exists", _runtime.Call("create", "--bundle", _runtime.Bundle, "c").Error, StringComparison.Ordinal);
        Result deleted = _runtime.Call("delete", "--force", "c");

        Assert.True(deleted.Code == 0, deleted.Error);
        create.WaitForExit();
        Assert.Equal(0, create.ExitCode);
        Assert.False(Open().Exists);
        Assert.False(Directory.Exists($"{_runtime.Root}/c"));
    }

    private Cgroup Open() => CgroupHost.Detect().Open(_runtime.Cgroup);

    /// <summary>Stops from the reservation of the id to the end of create.</summary>
    private int Count()
    {
        int stops = 0;
        Traced(tracer =>
        {
            while (tracer.TryStep())
            {
                stops++;
            }
        });
        Assert.Equal(0, _runtime.Call("delete", "--force", "c").Code);
        return stops;
    }

    private void Killed(int stop)
    {
        int session = Traced(tracer =>
        {
            for (int i = 0; i < stop; i++)
            {
                if (!tracer.TryStep())
                {
                    return;
                }
            }

            tracer.Kill();
        });
        AssertSessionEnds(session, $"stop {stop}");
    }

    private int Traced(Action<ShimStops> trace)
    {
        // ptrace is a matter of one thread.
        int session = 0;
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                string file = $"{_runtime.Bundle}/pid-of-create";
                using System.Diagnostics.Process outer = Start(file);
                Eventually.True(() => File.Exists(file) && File.ReadAllText(file).EndsWith('\n'), "the number of the session");
                session = int.Parse(File.ReadAllText(file), CultureInfo.InvariantCulture);
                File.Delete(file);
                var tracer = new ShimStops(session);
                outer.StandardInput.WriteLine();
                tracer.RunTo(SYS.mkdirat);
                trace(tracer);
                outer.WaitForExit();
            }
            catch (Exception caught)
            {
                failure = caught;
            }
        });
        thread.Start();
        thread.Join();
        Assert.True(failure is null, $"{failure}");
        return session;
    }

    /// <summary>
    /// create in a session of its own, when a line comes. With a file, below a shell that writes its pid there: what is traced must not be
    /// a child of ours, whose end the class library would take.
    /// </summary>
    private System.Diagnostics.Process Start(string? pidFile = null)
    {
        string create =
            $"read line; exec {RuntimeFixture.Executable} --root {_runtime.Root} create --bundle {_runtime.Bundle} c "
            + ">/dev/null 2>&1 </dev/null";
        string[] arguments = pidFile is null
            ? ["/bin/sh", "-c", create]
            // (a shell gives what it starts behind it /dev/null as descriptor 0, before any redirection)
            : ["/bin/sh", "-c", $"exec 3<&0; setsid /bin/sh -c 'echo $$ >{pidFile}; {create}' <&3 & wait"];
        var start = new ProcessStartInfo("/usr/bin/setsid", arguments) { RedirectStandardInput = true };
        return System.Diagnostics.Process.Start(start)!;
    }

    /// <summary>The shim stays in create's session; init makes one of its own, and is seen by its cgroup.</summary>
    private static void AssertSessionEnds(int session, string when) =>
        Eventually.Sees(() => InSession(session), left => left.Count == 0, $"{when}: an empty session", left => string.Join(", ", left));

    private static List<string> InSession(int session)
    {
        List<string> found = [];
        foreach (string directory in Directory.EnumerateDirectories("/proc").Where(path => char.IsAsciiDigit(path[6])))
        {
            try
            {
                string stat = File.ReadAllText($"{directory}/stat");
                string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
                if (fields[3] == session.ToString(CultureInfo.InvariantCulture) && fields[0] is not ("Z" or "X"))
                {
                    found.Add(stat);
                }
            }
            catch (IOException)
            {
                // It ended meanwhile.
                continue;
            }
        }

        return found;
    }
}
