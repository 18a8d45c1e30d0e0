using System.Globalization;
using ContainerPS.Native.Linux;

namespace ContainerPS.Native.Cgroups;

/// <summary>Sizes of huge pages that this kernel has, spelled as the control files are: "2MB", "1GB".</summary>
public static class PageSizes
{
    private static readonly Lazy<IReadOnlyList<string>> Names = new(Read);

    public static IReadOnlyList<string> All => Names.Value;

    internal static void Check(string size)
    {
        if (!All.Contains(size))
        {
            throw CgroupException.Invalid(
                "hugepageLimits.pageSize",
                $"'{size}'",
                $"This kernel has {(All.Count == 0 ? "none" : string.Join(", ", All))}."
            );
        }
    }

    // "hugepages-2048kB"; include/linux/hugetlb.h (hugetlb_cgroup's mem_fmt) writes whole GB, else MB, else KB.
    private static List<string> Read()
    {
        const string directory = "/sys/kernel/mm/hugepages";
        const string prefix = "hugepages-";
        return !Files.Exists(directory)
            ? []
            :
            [
                .. Files
                    .ReadDirectory(directory)
                    .Where(entry => entry.Name.StartsWith(prefix, StringComparison.Ordinal))
                    .Select(entry => long.Parse(entry.Name.AsSpan(prefix.Length).TrimEnd("kB"), CultureInfo.InvariantCulture))
                    .Order()
                    .Select(Name),
            ];
    }

    private static string Name(long kilobytes) =>
        kilobytes switch
        {
            >= 1 << 20 => $"{kilobytes >> 20}GB",
            >= 1 << 10 => $"{kilobytes >> 10}MB",
            _ => $"{kilobytes}KB",
        };
}
