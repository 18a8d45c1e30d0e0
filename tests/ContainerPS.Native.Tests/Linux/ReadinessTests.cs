using System.Diagnostics;
using ContainerPS.Native.Linux;

namespace ContainerPS.Native.Tests.Linux;

public sealed class ReadinessTests
{
    private static readonly TimeSpan Never = Timeout.InfiniteTimeSpan;

    [Fact]
    public async Task A_wait_ends_when_one_of_its_descriptors_can_be_read()
    {
        (FileDescriptor read, FileDescriptor write) = Files.CreatePipe();
        (FileDescriptor silent, FileDescriptor open) = Files.CreatePipe();
        using (read)
        using (write)
        using (silent)
        using (open)
        {
            Task<bool> wait = Readiness.WaitAsync([silent, read], Never);
            Assert.False(wait.IsCompleted);

            write.Write("x"u8);

            Assert.True(await wait.WaitAsync(Eventually.Bound));
        }
    }

    [Fact]
    public async Task Waits_of_many_end_each_by_its_own()
    {
        (FileDescriptor Read, FileDescriptor Write)[] pipes = [.. Enumerable.Range(0, 100).Select(_ => Files.CreatePipe())];
        Task<bool>[] waits = [.. pipes.Select(pipe => Readiness.WaitAsync([pipe.Read], Never))];
        foreach (int n in Enumerable.Range(0, 100).Where(n => n % 2 == 0))
        {
            pipes[n].Write.Write("x"u8);
        }

        await Task.WhenAll(waits.Where((_, n) => n % 2 == 0)).WaitAsync(Eventually.Bound);
        Assert.All(waits.Where((_, n) => n % 2 == 1), wait => Assert.False(wait.IsCompleted));
        foreach ((FileDescriptor _, FileDescriptor write) in pipes)
        {
            write.Dispose();
        }

        // The end of a pipe is something that can be read.
        await Task.WhenAll(waits).WaitAsync(Eventually.Bound);
        Array.ForEach(pipes, pipe => pipe.Read.Dispose());
    }

    [Fact]
    public async Task A_wait_ends_by_its_timeout_and_by_cancellation()
    {
        (FileDescriptor read, FileDescriptor write) = Files.CreatePipe();
        using (read)
        using (write)
        using (var source = new CancellationTokenSource())
        {
            Assert.False(await Readiness.WaitAsync([read], TimeSpan.FromMilliseconds(1)));
            Task<bool> wait = Readiness.WaitAsync([read], Never, source.Token);

            source.Cancel();

            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait.WaitAsync(Eventually.Bound));
        }
    }

    [Fact]
    public async Task A_directory_tells_of_an_appended_line_and_of_its_own_end()
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("containerps-test-");
        File.WriteAllText(directory.FullName + "/state", "");
        using Inotify watch = Inotify.TryWatchDirectory(directory.FullName)!;
        Task<bool> wait = Readiness.WaitAsync([watch.Descriptor], Never);
        Assert.False(wait.IsCompleted);

        File.AppendAllText(directory.FullName + "/state", "line\n");
        Assert.True(await wait.WaitAsync(Eventually.Bound));
        watch.Drain();
        wait = Readiness.WaitAsync([watch.Descriptor], Never);
        directory.Delete(recursive: true);

        Assert.True(await wait.WaitAsync(Eventually.Bound));
        Assert.Null(Inotify.TryWatchDirectory(directory.FullName));
    }

    [Fact]
    public async Task A_process_is_waited_for_by_its_descriptor()
    {
        using Process child = Process.Start("/bin/sh", ["-c", "exec sleep 1000"])!;
        using var pidfd = Pidfd.Open(child.Id);
        Task<bool> wait = Readiness.WaitAsync([pidfd.Descriptor], Never);

        child.Kill();

        Assert.True(await wait.WaitAsync(Eventually.Bound));
    }
}
