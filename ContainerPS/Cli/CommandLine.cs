using ContainerPS.Cli.Verbs;
using ContainerPS.Native.Cgroups;
using ContainerPS.Native.Launch;
using ContainerPS.Native.Linux;
using ContainerPS.Native.Runtime;
using ContainerPS.Native.Seccomp;

namespace ContainerPS.Cli;

/// <summary>`containerps [options] VERB [options] …`, with runc's names and exit codes: podman, containerd and CRI-O call it.</summary>
internal static class CommandLine
{
    private const int Failed = 1;

    /// <summary>runc's answer to an exec that did not come to run.</summary>
    private const int ExecFailed = 255;

    public static int Run(string[] arguments)
    {
        var log = new RuntimeLog(null, json: false);
        string verb = "";
        try
        {
            var reader = new ArgumentReader(arguments);
            var options = GlobalOptions.Read(reader);
            log = new RuntimeLog(options.LogPath, options.LogAsJson);
            if (options.ShowVersion)
            {
                return VersionVerb.Run();
            }

            if (options.ShowHelp || arguments.Length == 0)
            {
                return HelpVerb.Run();
            }

            verb = reader.Operand("the verb");
            return Dispatch(verb, options, reader, log);
        }
        catch (UsageException wrong)
        {
            log.Error(wrong.Message);
            return Failed;
        }
        catch (LaunchException failure)
        {
            log.Error(LaunchMessage.Of(failure));
            return verb == "exec" ? ExecFailed : Failed;
        }
        catch (Exception failure) when (IsExpected(failure))
        {
            log.Error(failure.Message);
            return verb == "exec" ? ExecFailed : Failed;
        }
    }

    /// <summary>What a command line, a host or another process can cause; anything else is a defect and shows its stack.</summary>
    internal static bool IsExpected(Exception failure) =>
        failure
            is RuntimeException
                or EngineException
                or SeccompException
                or CgroupException
                or LinuxException
                or IOException
                or UnauthorizedAccessException
                or FormatException
                or TimeoutException;

    private static int Dispatch(string verb, GlobalOptions options, ArgumentReader reader, RuntimeLog log)
    {
        var runtime = new OciRuntime(options.Root, log.Warn);
        return verb switch
        {
            "create" => CreateVerb.Run(runtime, reader),
            "start" => StartVerb.Run(runtime, reader),
            "state" => StateVerb.Run(runtime, reader),
            "kill" => KillVerb.Run(runtime, reader),
            "delete" => DeleteVerb.Run(runtime, reader, log),
            "run" => RunVerb.Run(runtime, reader),
            "exec" => ExecVerb.Run(runtime, reader),
            "list" => ListVerb.Run(runtime, reader),
            "ps" => PsVerb.Run(runtime, reader),
            "pause" => PauseVerb.Run(runtime, reader),
            "resume" => ResumeVerb.Run(runtime, reader),
            "update" => UpdateVerb.Run(runtime, reader),
            "features" => FeaturesVerb.Run(reader),
            "spec" => SpecVerb.Run(reader),
            "internal" => InternalVerb.Run(reader),
            "version" => VersionVerb.Run(),
            "help" => HelpVerb.Run(),
            _ => throw new UsageException($"unknown verb '{verb}'; see containerps --help"),
        };
    }
}
