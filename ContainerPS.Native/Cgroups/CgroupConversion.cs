namespace ContainerPS.Native.Cgroups;

/// <summary>
/// runtime-spec counts in cgroup v1's measures; these are the published formulas that take them to v2 (crun(1), "cgroup v2"; the same
/// in runc since 1.3.2) and back.
/// </summary>
public static class CgroupConversion
{
    /// <summary>
    /// cpu.shares (2 to 262144) to cpu.weight (1 to 10000), both defaults meeting: 1024 is 100. The older straight line made 39 of it,
    /// which starved containers beside ordinary services.
    /// </summary>
    public static long WeightFromShares(ulong shares)
    {
        if (shares is <= 2 or >= 262144)
        {
            return shares <= 2 ? 1 : 10000;
        }

        double log = Math.Log2(shares);
        double weight = Math.Pow(10, ((log * log) + (125 * log)) / 612.0 - 7.0 / 34.0);

        // Rounded before it is taken up, so that what is exactly 100 does not become 101 by a last binary digit.
        return (long)Math.Ceiling(Math.Round(weight, 6));
    }

    /// <summary>The inverse of <see cref="WeightFromShares"/>: the smallest shares that give at least this weight.</summary>
    public static long SharesFromWeight(long weight)
    {
        double exponent = Math.Log10(Math.Clamp(weight, 1, 10000)) + (7.0 / 34.0);
        double log = (-125 + Math.Sqrt((125 * 125) + (4 * 612 * exponent))) / 2;
        return Math.Clamp((long)Math.Round(Math.Pow(2, log)), 2, 262144);
    }

    /// <summary>blkio.weight (10 to 1000) to io.weight (1 to 10000), a straight line.</summary>
    public static long IoWeightFromBlkio(long weight) => 1 + ((weight - 10) * 9999 / 990);

    /// <summary>io.weight (1 to 10000) to blkio.weight (10 to 1000), the inverse.</summary>
    public static long BlkioFromIoWeight(long weight) => Math.Clamp(10 + (((weight - 1) * 990) + 9998) / 9999, 10, 1000);

    /// <summary>v1 counts memory and swap together, v2 swap alone; -1 is unlimited in both.</summary>
    public static long SwapMaxFromTotal(long total, long memoryLimit) => total < 0 ? -1 : total - memoryLimit;
}
