using ContainerPS.Native.Cgroups;

namespace ContainerPS.Native.Tests.Cgroups;

/// <summary>The tables of crun(1), "cgroup v2".</summary>
public sealed class ConversionTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(2, 1)]
    [InlineData(1024, 100)]
    [InlineData(512, 59)]
    [InlineData(2048, 174)]
    [InlineData(262144, 10000)]
    [InlineData(1_000_000, 10000)]
    public void Shares_become_weight(ulong shares, long weight) => Assert.Equal(weight, CgroupConversion.WeightFromShares(shares));

    [Fact]
    public void Weights_come_back_from_their_shares()
    {
        Assert.Equal(1024, CgroupConversion.SharesFromWeight(100));
        Assert.Equal((2, 262144), (CgroupConversion.SharesFromWeight(1), CgroupConversion.SharesFromWeight(10000)));
        Assert.All(
            Enumerable.Range(1, 10000).Where(weight => weight % 97 == 0),
            weight =>
                Assert.InRange(CgroupConversion.WeightFromShares((ulong)CgroupConversion.SharesFromWeight(weight)), weight - 1, weight + 1)
        );
    }

    [Theory]
    [InlineData(10, 1)]
    [InlineData(500, 4950)]
    [InlineData(1000, 10000)]
    public void Block_weights_are_a_straight_line(long blkio, long weight)
    {
        Assert.Equal(weight, CgroupConversion.IoWeightFromBlkio(blkio));
        Assert.Equal(blkio, CgroupConversion.BlkioFromIoWeight(weight));
    }

    [Theory]
    [InlineData(300, 100, 200)]
    [InlineData(100, 100, 0)]
    [InlineData(-1, 100, -1)]
    public void Swap_alone_is_the_sum_less_memory(long total, long limit, long swap) =>
        Assert.Equal(swap, CgroupConversion.SwapMaxFromTotal(total, limit));

    [Theory]
    [InlineData("0-2,5", new[] { 0, 1, 2, 5 })]
    [InlineData(" 3 ", new[] { 3 })]
    [InlineData("", new int[0])]
    [InlineData("3-1", null)]
    [InlineData("a", null)]
    [InlineData("1-2-3", null)]
    [InlineData("-1", null)]
    [InlineData("0-99999999", null)]
    public void Lists_of_processors_are_read(string text, int[]? numbers) => Assert.Equal(numbers, CpuList.TryParse(text));
}
