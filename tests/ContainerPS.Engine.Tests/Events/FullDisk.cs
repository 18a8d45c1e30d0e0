using System.Globalization;
using ContainerPS.Engine.Common;
using ContainerPS.Engine.Events;

namespace ContainerPS.Engine.Tests.Events;

/// <summary>The part of a test that runs on a file system of a few pages, in a mount namespace of its own.</summary>
internal static class FullDisk
{
    public const string Verb = "events-full";
    private const int Page = 4096;

    /// <summary>
    /// Writes until the disk is full, frees a page, and so on, over several segments. Says how many events were written and how many were
    /// not; ends by an exception where one that was written is not read, or one that was not is.
    /// </summary>
    public static int Run(string root)
    {
        string filler = Path.Combine(root, "filler");
        var store = new StoreLocation(Path.Combine(root, "store"), Path.Combine(root, "run"));
        var journal = new EventJournal(store, new EventBounds(3 * Page, int.MaxValue));
        journal.Append(EventWriter.Event("before", 1));
        int free = Fill(filler);
        var written = new List<int>();
        int lost = 0;
        for (int number = 1; free > 0; number++)
        {
            journal.Append(EventWriter.Event("one", number));
            if (journal.TakeFailure() is not { } failure)
            {
                written.Add(number);
                continue;
            }

            if (!failure.Message.Contains("ENOSPC", StringComparison.Ordinal))
            {
                throw new InvalidOperationException("another failure", failure);
            }

            lost++;
            using FileStream file = File.OpenWrite(filler);
            file.SetLength((long)--free * Page);
        }

        EventList read = EventReader.Read(journal.Directory, new EventQuery(), CancellationToken.None);
        Require(read.Warnings.Count == 0, string.Join("; ", read.Warnings));
        Require(
            read.Events.Select(found => found.Sequence).SequenceEqual(Enumerable.Range(1, read.Events.Count).Select(n => (long)n)),
            "gaps"
        );
        string[] numbers = [.. read.Events.Skip(1).Select(found => found.Attributes["number"])];
        string[] expected = [.. written.Select(number => number.ToString(CultureInfo.InvariantCulture))];
        Require(numbers.SequenceEqual(expected), $"read {string.Join(' ', numbers)}, written {string.Join(' ', expected)}");
        Console.Out.WriteLine($"{written.Count} written, {lost} lost, {EventSegment.All(journal.Directory).Count} segments");
        return 0;
    }

    /// <summary>How many pages it took.</summary>
    public static int Fill(string filler)
    {
        using FileStream file = new(filler, FileMode.Create, FileAccess.Write, FileShare.None, 0);
        byte[] page = new byte[Page];
        for (int pages = 0; ; pages++)
        {
            try
            {
                file.Write(page);
            }
            catch (IOException)
            {
                return pages;
            }
        }
    }

    private static void Require(bool condition, string problem)
    {
        if (!condition)
        {
            throw new InvalidOperationException(problem);
        }
    }
}
