using ContainerPS.Engine.Containers.State;
using ContainerPS.Native.Linux;
using static ContainerPS.Native.Linux.Posix;

namespace ContainerPS.Engine.Containers.LifeCycle;

/// <summary>The run directory of a container: made before a start, and cleared of what a failed start has made.</summary>
internal static class RunFiles
{
    /// <summary>
    /// Before a start is recorded: with the record but without a state file, others would see a container that ran and lost its run
    /// directory.
    /// </summary>
    public static void Prepare(ContainerPaths paths, bool keepState)
    {
        Files.TryMakeDirectoryAt(FileDescriptor.CurrentDirectory, paths.RunDirectory, Modes.Mode0700);
        Files.Open(paths.State, O_WRONLY | O_CREAT | O_NONBLOCK | (keepState ? 0 : O_TRUNC), Modes.Mode0600).Dispose();
    }

    /// <summary>Takes away what a start made. The state log stays: it has the end of the run before.</summary>
    public static void ClearStreams(ContainerPaths paths)
    {
        foreach (string file in ContainerPaths.RunFiles.Where(file => file is not ("state" or "exits")))
        {
            Files.TryUnlink($"{paths.RunDirectory}/{file}");
        }
    }
}
