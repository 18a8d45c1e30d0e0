using ContainerPS.Native.Launch;

namespace ContainerPS.Cli;

/// <summary>
/// A failed start in the words that callers of runtimes look for: podman tells 127 and 126 by "not found" and "permission denied" in the
/// message.
/// </summary>
internal static class LaunchMessage
{
    public static string Of(LaunchException failure) =>
        failure.Kind switch
        {
            LaunchFailure.CommandNotFound =>
                $"unable to start container process: executable file not found in $PATH, or no such file or directory: {failure.Message}",
            LaunchFailure.CommandNotExecutable when failure.Errno == 13 =>
                $"unable to start container process: permission denied: {failure.Message}",
            _ => $"unable to start container process: {failure.Message}",
        };
}
