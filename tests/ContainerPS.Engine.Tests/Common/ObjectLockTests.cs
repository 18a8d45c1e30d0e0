using ContainerPS.Engine.Common;
using ContainerPS.Engine.Tests.Layers;

namespace ContainerPS.Engine.Tests.Common;

public sealed class ObjectLockTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void A_waiter_is_told_who_holds_the_lock()
    {
        using var held = ObjectLock.Acquire(_scratch.Store, ObjectLockKind.Container, "abc", "starting web");
        ContainerResourceBusyException failure = Assert.Throws<ContainerResourceBusyException>(() =>
            ObjectLock.Acquire(_scratch.Store, ObjectLockKind.Container, "abc", "removing web", TimeSpan.FromMilliseconds(50))
        );
        Assert.Equal(ErrorIds.ObjectLocked, failure.ErrorId);
        Assert.Contains("starting web", failure.Message, StringComparison.Ordinal);
        Assert.Contains($"{Environment.ProcessId}", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Shared_holders_keep_an_exclusive_one_out_and_not_each_other()
    {
        using var one = ObjectLock.Acquire(_scratch.Store, ObjectLockKind.Image, "use", "one", shared: true);
        using var two = ObjectLock.Acquire(_scratch.Store, ObjectLockKind.Image, "use", "two", shared: true);
        Assert.Null(ObjectLock.TryAcquire(_scratch.Store, ObjectLockKind.Image, "use", "three"));
    }

    [Fact]
    public void Who_waited_for_a_removed_lock_gets_a_fresh_one()
    {
        var held = ObjectLock.Acquire(_scratch.Store, ObjectLockKind.Container, "abc", "removing");
        var waiter = new WaitingThread<ObjectLock>(() => ObjectLock.Acquire(_scratch.Store, ObjectLockKind.Container, "abc", "waiting"));
        waiter.AwaitSleep();
        held.ReleaseAndDelete();
        using ObjectLock got = waiter.End();
        Assert.True(File.Exists(got.FilePath));
        Assert.Null(ObjectLock.TryAcquire(_scratch.Store, ObjectLockKind.Container, "abc", "third"));
    }
}
