using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Tests.Common;

/// <summary>An open of a FIFO waits for another end that never comes.</summary>
internal static class Fifos
{
    /// <summary>Fails when the work waits at the FIFO, and lets it go on.</summary>
    public static void Within(string fifo, Action work)
    {
        var done = Task.Run(work);
        try
        {
            Eventually.True(() => done.IsCompleted, $"the end of a wait at {fifo}");
        }
        catch
        {
            while (!done.IsCompleted)
            {
                Files.Open(fifo, Posix.O_RDWR).Dispose();
            }

            throw;
        }

        done.GetAwaiter().GetResult();
    }
}
