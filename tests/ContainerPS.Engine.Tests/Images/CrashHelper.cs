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
            default:
                return 2;
        }

        Console.Out.WriteLine("done");
        return 0;
    }
}
