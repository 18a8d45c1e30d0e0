using System.Globalization;
using System.Text;
using System.Text.Json;
using ContainerPS.Native.Launch;
using ContainerPS.Native.Linux;
using static ContainerPS.Native.Linux.Posix;

namespace ContainerPS.Engine.Containers.State;

/// <summary>Lines of the state and exit logs that the engine itself writes, each by one append.</summary>
internal static class ExitRecords
{
    private static readonly TimeSpan Kept = TimeSpan.FromHours(1);

    public static void AppendEvent(ContainerPaths paths, StateEvent what, int run) =>
        Append(
            paths.State,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{{\"event\":\"{NameOf(what)}\",\"run\":{run},\"at\":{HostFacts.RealtimeNanoseconds}}}\n"
            )
        );

    /// <summary>A start that did not reach exec. The exit of the run before stays the last one.</summary>
    public static void AppendStartFailed(ContainerPaths paths, int run, string reason) =>
        Append(
            paths.State,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{{\"event\":\"{NameOf(StateEvent.StartFailed)}\",\"run\":{run},"
                    + $"\"reason\":\"{JsonEncodedText.Encode(reason)}\",\"at\":{HostFacts.RealtimeNanoseconds}}}\n"
            )
        );

    /// <summary>For a run whose monitor could not record its end.</summary>
    public static void AppendExit(string path, RunExit exit) => Append(path, Format(exit));

    /// <summary>Keeps the end of a container that is being removed, for those who wait for it.</summary>
    public static void KeepOfRemoved(ContainerPaths paths, RunExit exit)
    {
        // What a container that removes itself has recorded lies where it shall be kept, but for its name.
        if (FileStamp.Of(paths.VolatileExits).Exists)
        {
            Files.Rename(paths.VolatileExits, paths.RemovedExit);
            return;
        }

        try
        {
            using FileDescriptor file = Files.Open(paths.RemovedExit, O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK, Modes.Mode0600);
            file.Write(Encoding.ASCII.GetBytes(Format(exit)));
        }
        catch (LinuxException)
        {
            // Half of a line is no end.
            Files.TryUnlink(paths.RemovedExit);
            throw;
        }
    }

    /// <summary>Drops kept ends that are older than an hour.</summary>
    public static void DropOld(string directory)
    {
        foreach (string path in Expired(directory))
        {
            Files.TryUnlink(path);
        }
    }

    /// <summary>Paths of kept ends that are older than an hour, and than <paramref name="patience"/> beside it.</summary>
    public static IReadOnlyList<string> Expired(string directory, TimeSpan patience = default)
    {
        long oldest = HostFacts.RealtimeNanoseconds - ((Kept + patience).Ticks * 100);
        using FileDescriptor? exits = Files.TryOpenAt(FileDescriptor.CurrentDirectory, directory, O_RDONLY | O_DIRECTORY);
        return exits is null
            ? []
            :
            [
                .. Files
                    .ReadDirectory(exits)
                    .Where(entry => Files.TryStatusAt(exits, entry.Name, out FileStatus status) && status.ModifiedNanoseconds < oldest)
                    .Select(entry => $"{directory}/{entry.Name}"),
            ];
    }

    private static string NameOf(StateEvent what) => Encoding.ASCII.GetString(StateEvents.NameOf(what));

    private static string Format(RunExit exit) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"event\":\"{NameOf(StateEvent.Exited)}\",\"run\":{exit.Run},\"code\":{exit.Code},\"signal\":{exit.Signal},"
                + $"\"oom\":{(exit.OomKilled ? "true" : "false")},\"at\":{(exit.At - DateTimeOffset.UnixEpoch).Ticks * 100}}}\n"
        );

    private static void Append(string path, string line)
    {
        // O_NONBLOCK: a FIFO in its place is an error, not a wait for a reader.
        using FileDescriptor file = Files.Open(path, O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK, Modes.Mode0600);
        file.WriteOnce(Encoding.ASCII.GetBytes(line));
    }
}
