using ContainerPS.Engine.Common;
using ContainerPS.Engine.Tests.Layers;

namespace ContainerPS.Engine.Tests.Common;

public sealed class StoreLeaseTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void A_living_lease_protects_what_it_lists_and_a_closed_one_does_not()
    {
        var digest = Digest.Of("x"u8);
        using (var lease = StoreLease.Open(_scratch.Store, "test"))
        {
            lease.Protect([digest]);
            Assert.Contains(digest, StoreLease.Protected(_scratch.Store));
            Assert.Contains(lease.Id, StoreLease.Sweep(_scratch.Store));
            Assert.False(StoreLease.IsLeftOver(lease.NewTemporaryName(), StoreLease.Sweep(_scratch.Store)));
        }

        Assert.Empty(StoreLease.Protected(_scratch.Store));
        Assert.Empty(_scratch.LeftOvers());
    }

    [Fact]
    public void The_lease_of_a_dead_process_is_swept()
    {
        Directory.CreateDirectory(_scratch.Store.Leases);
        File.WriteAllText(Path.Combine(_scratch.Store.Leases, "0123456789abcdef"), Digest.Of("x"u8) + "\n");
        HashSet<string> alive = StoreLease.Sweep(_scratch.Store);
        Assert.Empty(alive);
        Assert.Empty(StoreLease.Protected(_scratch.Store));
        Assert.True(StoreLease.IsLeftOver(".tmp-0123456789abcdef-3", alive));
    }
}
