using ContainerPS.Engine.Common;
using ContainerPS.Engine.Images;

namespace ContainerPS.Engine.Tests.Images;

/// <summary>
/// The test assembly run as a program (`dotnet exec`): does one operation on a store over and over, to be killed in the middle. Says
/// "ready" before it begins.
/// </summary>
public static class CrashHelper
{
    public const string Verb = "images";

    public static int Run(string[] args)
    {
        var store = new ImageStore(new StoreLocation(args[0], args[0] + "-run"));
        Console.Out.WriteLine("ready");
        Console.Out.Flush();
        switch (args[1])
        {
            case "import":
                store.Import(args[2]);
                break;
            case "rootfs":
                store.FromRootFs(args[2], ImageReference.Parse("made"));
                break;
            case "remove":
                store.Remove(store.Get(args[2]), _ => []);
                break;
            case "full":
                DiskFullTests.Run(args[0], args[2], args[3]);
                break;
            case "run":
                Console.Out.WriteLine(RunImage(args[0], args[2], args[3], args[4]));
                return 0;
            default:
                return 2;
        }

        Console.Out.WriteLine("done");
        return 0;
    }

    /// <summary>Counts the files in /l of an image; the id of the error where it cannot.</summary>
    private static string RunImage(string root, string image, string runRoot, string cgroupParent)
    {
        var engine = ContainerEngine.Open(
            new ContainerEngineOptions
            {
                Root = root,
                RunRoot = runRoot,
                CgroupParent = cgroupParent,
            }
        );
        var text = new System.Text.StringBuilder();
        try
        {
            using ContainerRun run = engine.Containers.Run(
                new ContainerDefinition
                {
                    Image = image,
                    AutoRemove = true,
                    Command = ["/bin/dash", "-c", "cd /l && set -- * && echo $# files"],
                }
            );
            run.ReadOutput(chunk => text.Append(System.Text.Encoding.UTF8.GetString(chunk.Data)));
            run.Wait();
            return text.ToString().Trim();
        }
        catch (EngineException failure)
        {
            return failure.ErrorId;
        }
        finally
        {
            engine.Containers.WaitForDeletions(TimeSpan.FromSeconds(30));
        }
    }
}
