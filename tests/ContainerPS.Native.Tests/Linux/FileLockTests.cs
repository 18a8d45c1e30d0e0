using ContainerPS.Native.Linux;

namespace ContainerPS.Native.Tests.Linux;

public sealed class FileLockTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("containerps-test-").FullName;

    private string LockPath => Path.Combine(_directory, "lock");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Who_waits_in_vain_learns_who_holds_it()
    {
        using FileLock held = FileLock.TryAcquire(LockPath, "Start-Container web")!;

        Assert.Null(FileLock.TryAcquire(LockPath));
        Assert.True(FileLock.IsHeld(LockPath));
        TimeoutException failure = Assert.Throws<TimeoutException>(() => FileLock.Acquire(LockPath, TimeSpan.FromMilliseconds(20)));
        Assert.Contains($"Start-Container web (pid {Environment.ProcessId})", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void It_is_free_after_its_holder_is_gone()
    {
        FileLock.TryAcquire(LockPath, "a")!.Dispose();

        Assert.False(FileLock.IsHeld(LockPath));
        using var second = FileLock.Acquire(LockPath, TimeSpan.Zero, "b");
        Assert.StartsWith("b ", FileLock.ReadHolder(LockPath), StringComparison.Ordinal);
    }

    [Fact]
    public void A_waiter_of_a_removed_lock_gets_the_new_one()
    {
        FileLock first = FileLock.TryAcquire(LockPath)!;
        var waiter = new WaitingThread<FileLock>(() => FileLock.Acquire(LockPath, Eventually.Bound));
        waiter.AwaitSleep();
        first.RemoveFile();
        first.Dispose();

        using FileLock second = waiter.End();

        Assert.True(File.Exists(LockPath));
        Assert.Null(FileLock.TryAcquire(LockPath));
    }

    [Fact]
    public void Readers_share_it()
    {
        using FileLock one = FileLock.TryAcquire(LockPath, shared: true)!;
        using FileLock two = FileLock.TryAcquire(LockPath, shared: true)!;

        Assert.NotNull(two);
        Assert.Null(FileLock.TryAcquire(LockPath));
    }

    [Fact]
    public void Waiting_can_be_cancelled()
    {
        using FileLock held = FileLock.TryAcquire(LockPath)!;
        using CancellationTokenSource source = new();
        var waiter = new WaitingThread<FileLock>(() => FileLock.Acquire(LockPath, TimeSpan.FromHours(1), cancellation: source.Token));
        waiter.AwaitSleep();
        source.Cancel();

        Assert.Throws<OperationCanceledException>(waiter.End);
    }
}
