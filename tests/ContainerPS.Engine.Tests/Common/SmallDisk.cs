using System.Diagnostics;

namespace ContainerPS.Engine.Tests.Common;

/// <summary>This assembly as a program on a small tmpfs, in a mount namespace of its own.</summary>
internal static class SmallDisk
{
    private const string Unshare = "/usr/bin/unshare";

    public static void Require() => Skip.IfNot(File.Exists(Unshare), "unshare (util-linux) is not on this machine");

    /// <summary>What the program said; its errors fail the test.</summary>
    /// <param name="size">As mount(8) takes it: "2m".</param>
    /// <param name="mount">A directory for the tmpfs.</param>
    /// <param name="arguments">Of the program, the verb first.</param>
    public static string Run(string size, string mount, params string[] arguments)
    {
        using Process helper = Process.Start(
            new ProcessStartInfo(
                Unshare,
                [
                    "--mount",
                    "--propagation",
                    "private",
                    "/bin/sh",
                    "-c",
                    $"mount -t tmpfs -o size={size},mode=700 tmpfs \"$1\" && shift && exec \"$@\"",
                    "sh",
                    mount,
                    Environment.ProcessPath!,
                    "exec",
                    typeof(SmallDisk).Assembly.Location,
                    .. arguments,
                ]
            )
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        Task<string> errors = helper.StandardError.ReadToEndAsync();
        string said = helper.StandardOutput.ReadToEnd();
        helper.WaitForExit();
        Assert.True(helper.ExitCode == 0, said + errors.Result);
        return said;
    }
}
