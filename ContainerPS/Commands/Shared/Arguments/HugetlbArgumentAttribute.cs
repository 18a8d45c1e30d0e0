using System.Collections;
using System.Management.Automation;

namespace ContainerPS.Commands;

/// <summary>Limits on huge pages: <c>'2MB=64MB'</c>, or a hashtable of page sizes and limits.</summary>
public sealed class HugetlbArgumentAttribute : ListArgumentAttribute<HugetlbLimit>
{
    /// <inheritdoc/>
    protected override IEnumerable<HugetlbLimit> Convert(EngineIntrinsics engine, object? element)
    {
        if (Argument.Unwrap(element) is IDictionary dictionary)
        {
            return [.. dictionary.Cast<DictionaryEntry>().Select(e => Limit(Argument.Text(e.Key), Argument.Text(e.Value)))];
        }

        string[] pair = Argument.Text(element).Split('=', 2);
        return pair.Length == 2
            ? [Limit(pair[0], pair[1])]
            : throw new FormatException(
                $"'{Argument.Text(element)}' is not a limit on huge pages. Write the page size and the limit: '2MB=64MB'."
            );
    }

    // The kernel names the files by size in the largest unit: hugetlb.2MB.max, hugetlb.1GB.max. A number literal 2MB arrives as its bytes.
    private static HugetlbLimit Limit(string pageSize, string limit) =>
        new(ByteSize.Parse(pageSize).ToString(), ByteSize.Parse(limit).Bytes);
}
