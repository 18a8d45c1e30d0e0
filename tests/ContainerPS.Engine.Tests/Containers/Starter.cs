using System.Diagnostics;
using System.Globalization;
using ContainerPS.Engine.Tests.Events;
using ContainerPS.Engine.Tests.Images;

namespace ContainerPS.Engine.Tests.Containers;

/// <summary>
/// Another process that works on a store: this assembly, executed as a program. It does one thing, says so on its standard output, and
/// stays until its standard input ends or it is killed.
/// </summary>
public sealed class Starter : IDisposable
{
    private readonly Process _process;

    private Starter(Process process) => _process = process;

    public int Pid => _process.Id;

    public static int Main(string[] args)
    {
        if (args[0] == CrashHelper.Verb)
        {
            return CrashHelper.Run(args[1..]);
        }

        if (args[0] == EventWriter.Verb)
        {
            return EventWriter.Run(args[1..]);
        }

        if (args[0] == ContainersFullDiskTests.Verb)
        {
            return ContainersFullDiskTests.Run(args[1], args[2]);
        }

        if (args[0] == FullDisk.Verb)
        {
            return FullDisk.Run(args[1]);
        }

        var engine = ContainerEngine.Open(
            new ContainerEngineOptions
            {
                Root = args[1],
                RunRoot = args[2],
                CgroupParent = args[3],
            }
        );
        Console.WriteLine(
            args[0] switch
            {
                "start" => Start(engine, Enum.Parse<ContainerLifetime>(args[4]), args[5]),
                "wait" => engine.Containers.Wait(engine.Containers.Get(args[4])).ToString(),
                "refused" => Refusal(engine, args[4]),
                "remove" => Remove(engine, args[4]),
                "repair" => Repair(engine),
                "many" => Many(
                    engine,
                    args[4],
                    new ManyScale(
                        int.Parse(args[5], CultureInfo.InvariantCulture),
                        int.Parse(args[6], CultureInfo.InvariantCulture),
                        int.Parse(args[7], CultureInfo.InvariantCulture)
                    )
                ),
                "series" => Series(engine, args[4]),
                "compete" => Compete(engine, args[4], int.Parse(args[5], CultureInfo.InvariantCulture)),
                _ => throw new ArgumentException(args[0]),
            }
        );
        Console.In.ReadToEnd();
        return 0;
    }

    /// <summary>Begins what <see cref="Main"/> does; the first line it says is in <paramref name="said"/>.</summary>
    public static Starter Begin(ContainerEngineOptions options, out string said, params string[] args)
    {
        Starter starter = Begin(options, args);
        said = starter.Said();
        return starter;
    }

    public static Starter Begin(ContainerEngineOptions options, params string[] args) => BeginWithin([], options, args);

    /// <param name="wrapper">A command that executes the command behind it.</param>
    public static Starter BeginWithin(string[] wrapper, ContainerEngineOptions options, params string[] args)
    {
        string[] all =
        [
            .. wrapper,
            "dotnet",
            "exec",
            typeof(Starter).Assembly.Location,
            args[0],
            options.Root!,
            options.RunRoot!,
            options.CgroupParent!,
            .. args[1..],
        ];
        return new Starter(
            Process.Start(new ProcessStartInfo(all[0], all[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true })!
        );
    }

    public string Said() => _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("The other process failed.");

    public void Tell(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
    }

    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        _process.StandardInput.Dispose();
        if (!_process.WaitForExit(Eventually.Bound))
        {
            Kill();
        }

        _process.Dispose();
    }

    private static string Start(ContainerEngine engine, ContainerLifetime lifetime, string script)
    {
        Container container = engine.Containers.Create(TestStore.Shell(script) with { Lifetime = lifetime });
        engine.Containers.Start(container);
        return container.Id;
    }

    /// <summary>The id of the error that a start ends in.</summary>
    private static string Refusal(ContainerEngine engine, string name)
    {
        try
        {
            engine.Containers.Start(engine.Containers.Get(name));
            return "started";
        }
        catch (EngineException failure)
        {
            return $"{failure.ErrorId}: {failure.Message}";
        }
    }

    private static string Remove(ContainerEngine engine, string name)
    {
        engine.Containers.Remove(engine.Containers.Get(name));
        return "removed";
    }

    /// <summary>Looks, says "looked", and repairs when it is told anything.</summary>
    private static string Repair(ContainerEngine engine)
    {
        IReadOnlyList<StorageProblem> problems = engine.Storage.Test();
        Console.WriteLine("looked");
        Console.In.ReadLine();
        return string.Join(' ', engine.Storage.Repair(problems).Select(problem => problem.Failure).OfType<string>().Append("repaired"));
    }

    /// <summary>Says "running" when the first window of them runs, and lets them end when it is told anything.</summary>
    private static string Many(ContainerEngine engine, string prefix, ManyScale scale)
    {
        // What .NET and the engine open once and for all is open then.
        _ = (Console.In, Console.Out);
        using (ContainerRun run = engine.Containers.Run(TestStore.Shell("true")))
        {
            run.Wait();
        }

        using var many = new ManyContainers(engine, prefix, scale);
        many.Begin();
        Console.WriteLine("running");
        Console.In.ReadLine();
        many.Go();
        return many.End().ToString();
    }

    /// <summary>Runs an image until the layer of the next run is there: its path.</summary>
    private static string Series(ContainerEngine engine, string image)
    {
        for (int i = 0; i < 3; i++)
        {
            using ContainerRun run = engine.Containers.Run(new ContainerDefinition { Image = image, Command = ["/bin/true"] });
            run.Wait();
        }

        string spare = engine.Options.Root + "/spare";
        return Eventually.Sees(
            () => Directory.Exists(spare) ? Directory.GetDirectories(spare) : [],
            spares => spares.Length == 1,
            "a spare layer"
        )[0];
    }

    /// <summary>Creates, starts and removes under one name as often as it gets it; tells how often that was.</summary>
    private static string Compete(ContainerEngine engine, string name, int times)
    {
        int won = 0;
        for (int i = 0; i < times; i++)
        {
            try
            {
                Container container = engine.Containers.Create(TestStore.Shell("exit 0") with { Name = name });
                won++;
                engine.Containers.Start(container);
                engine.Containers.Wait(container);
                engine.Containers.Remove(container);
            }
            catch (ContainerObjectExistsException)
            {
                // The other process has the name now.
            }
        }

        return won.ToString(CultureInfo.InvariantCulture);
    }
}
