using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using ContainerPS.Engine.Events;
using ContainerPS.Engine.Tests.Common;
using ContainerPS.Engine.Tests.Layers;
using ContainerPS.Native.Launch;
using ContainerPS.Native.Linux;
using Xunit.Abstractions;

namespace ContainerPS.Engine.Tests.Events;

/// <summary>
/// The journal alone: what is written is read, in one order with gap-free numbers, whoever writes and whatever is damaged.
/// </summary>
public sealed class EventJournalTests(ITestOutputHelper output) : IDisposable
{
    /// <summary>So small that it is turned after every few events; nothing is deleted.</summary>
    private static readonly EventBounds Tiny = new(700, int.MaxValue);

    private readonly Scratch _scratch = new();

    private string Events => _scratch.Store.Root + "/events";

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void A_store_without_a_journal_has_no_events()
    {
        EventList read = Read();

        Assert.Empty(read.Events);
        Assert.Empty(read.Warnings);
    }

    [Fact]
    public void What_is_written_is_read()
    {
        var journal = new EventJournal(_scratch.Store);
        journal.Append(
            new EventEntry("container", "die", new string('a', 64))
            {
                Name = "wéb \"1\"\n",
                Image = "busybox:1",
                ExitCode = 137,
                Attributes = [("signal", "9"), ("run", "2")],
                AtNanoseconds = 1_764_311_373_123_456_789,
            }
        );

        ContainerEvent read = Assert.Single(ReadWhole());
        Assert.Equal(1, read.Sequence);
        Assert.Equal("container", read.Type);
        Assert.Equal("die", read.Action);
        Assert.Equal(new string('a', 64), read.Actor.Id);
        Assert.Equal("wéb \"1\"\n", read.Actor.Name);
        Assert.Equal("busybox:1", read.Actor.Image);
        Assert.Equal(137, read.ExitCode);
        Assert.Equal("9", read.Attributes["signal"]);
        Assert.Equal("2", read.Attributes["run"]);
        Assert.Equal(new DateTimeOffset(2025, 11, 28, 6, 29, 33, TimeSpan.Zero).AddTicks(1_234_567), read.Time);
        Assert.Equal("600", Mode(Events + "/00000000000000000001"));
        Assert.Equal("700", Mode(Events));
    }

    [Fact]
    public void A_query_gives_what_matches_and_the_newest_of_it()
    {
        var journal = new EventJournal(_scratch.Store, Tiny);
        for (int second = 0; second < 60; second++)
        {
            journal.Append(
                new EventEntry(second % 2 == 0 ? "container" : "image", second % 3 == 0 ? "create" : "destroy", $"id{second % 4}")
                {
                    AtNanoseconds = second * 1_000_000_000L,
                }
            );
        }

        long[] Matching(EventQuery query) => [.. Read(query).Events.Select(found => found.Sequence)];
        DateTimeOffset At(int second) => DateTimeOffset.UnixEpoch.AddSeconds(second);
        Assert.Equal(60, Matching(new EventQuery()).Length);
        Assert.Equal([11, 12, 13], Matching(new EventQuery { Since = At(10), Until = At(12) }));
        Assert.Equal([55, 58], Matching(new EventQuery { Action = action => action == "create", Newest = 2 }));
        Assert.Equal([1, 3, 5], Matching(new EventQuery { Type = type => type == "container", Until = At(4) }));
        // An image is no container, whatever its id.
        Assert.Empty(Matching(new EventQuery { Container = actor => actor.Id == "id1" }));
        Assert.Equal([59], Matching(new EventQuery { Container = actor => actor.Id == "id2", Newest = 1 }));
        Assert.Empty(Matching(new EventQuery { Newest = 0 }));
        Assert.Equal(60, Matching(new EventQuery { Newest = 100 }).Length);
    }

    [Fact]
    public void Writers_of_several_processes_and_threads_share_one_gap_free_order()
    {
        const int processes = 4;
        const int threads = 4;
        const int each = 400;
        var writers = Enumerable
            .Range(0, processes)
            .Select(number => EventWriter.Start(_scratch.Store.Root, Tiny, $"process{number}", each))
            .ToList();
        try
        {
            // When all of them write, so do the threads here.
            writers.ForEach(writer => writer.AwaitNumber(1));
            var journal = new EventJournal(_scratch.Store, Tiny);
            Parallel.For(
                0,
                threads,
                new ParallelOptions { MaxDegreeOfParallelism = threads },
                thread =>
                {
                    for (int number = 1; number <= each; number++)
                    {
                        journal.Append(EventWriter.Event($"thread{thread}", number));
                    }
                }
            );
            Assert.All(writers, writer => Assert.Equal(each, writer.LastSaid()));
            Assert.Null(journal.TakeFailure());
        }
        finally
        {
            writers.ForEach(writer => writer.Dispose());
        }

        List<ContainerEvent> events = ReadWhole();
        Assert.Equal((processes + threads) * each, events.Count);
        RequireOrder(events, writer => each, mayHaveOneMore: false);
        Assert.True(Directory.GetFiles(Events).Length > 100, "the journal was not turned");
    }

    [Fact]
    public void Killed_writers_lose_and_double_nothing_that_was_acknowledged()
    {
        const int rounds = 8;
        const int writers = 3;
        var moments = new RandomMoments(output);
        var acknowledged = new Dictionary<string, int>();
        for (int round = 0; round < rounds; round++)
        {
            var running = Enumerable
                .Range(0, writers)
                .Select(number => (Name: $"round{round}-{number}", Writer: (EventWriter?)null))
                .Select(writer => writer with { Writer = EventWriter.Start(_scratch.Store.Root, Tiny, writer.Name, int.MaxValue) })
                .ToList();
            try
            {
                running.ForEach(writer => writer.Writer!.AwaitNumber(1));
                RandomMoments.Pass(moments.Next(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(25)));
                running.ForEach(writer => writer.Writer!.Kill());
                running.ForEach(writer => acknowledged[writer.Name] = Math.Max(1, writer.Writer!.LastSaid()));
            }
            finally
            {
                running.ForEach(writer => writer.Writer!.Dispose());
            }
        }

        // The next one finds the journal as it is, and goes on.
        new EventJournal(_scratch.Store, Tiny).Append(EventWriter.Event("last", 1));
        acknowledged["last"] = 1;

        List<ContainerEvent> events = ReadWhole();
        Assert.Equal("last", events[^1].Actor.Id);
        RequireOrder(events, writer => acknowledged[writer], mayHaveOneMore: true);
        output.WriteLine($"{events.Count} events in {Directory.GetFiles(Events).Length} segments");
    }

    [Fact]
    public void A_writer_killed_between_the_seal_and_the_next_segment_leaves_that_to_the_next_writer()
    {
        Write(5);
        string sealedSegment = Directory.GetFiles(Events).Order().Last();
        File.AppendAllText(sealedSegment, new string(' ', (int)Tiny.SegmentSize) + "\n" + Seal);

        Write(2, from: 6);

        long[] sequence = [.. Read().Events.Select(found => found.Sequence)];
        // The blank line is one too.
        Assert.Equal([1, 2, 3, 4, 5, 7, 8], sequence);
        Assert.Equal(["Damaged events are left out: 6."], Read().Warnings);
    }

    [Fact]
    public void A_line_that_comes_behind_the_seal_does_not_count()
    {
        Write(40);
        List<ContainerEvent> before = ReadWhole();
        string first = Directory.GetFiles(Events).Order().First();
        File.AppendAllText(first, Line("late"));

        Assert.Equal(before.Select(Text), ReadWhole().Select(Text));
    }

    [Theory]
    [InlineData("{\"at\":17643", "a part of the head")]
    [InlineData("{\"at\":1764311373123456789,\"type\":\"container\",\"action\":\"die\",\"id\":\"ab", "a part of a line")]
    [InlineData("{\"at\":1,\"type\":\"container\",\"action\":\"die\",\"id\":\"x\"}", "all but the line feed")]
    [InlineData("{\"se", "a part of a seal")]
    [InlineData("\0\0\0\0", "what a power loss left")]
    public void What_a_killed_writer_left_takes_no_number_and_costs_the_next_event_nothing(string torn, string what)
    {
        Write(2);
        File.AppendAllText(Directory.GetFiles(Events).Single(), torn);
        Assert.Equal([1, 2], ReadWhole().Select(found => found.Sequence));

        Write(2, from: 3);

        List<ContainerEvent> events = ReadWhole();
        Assert.Equal([1, 2, 3, 4], events.Select(found => found.Sequence));
        Assert.True(events.Select(Number).SequenceEqual([1, 2, 3, 4]), what);
    }

    [Fact]
    public void A_torn_line_before_a_seal_takes_no_number()
    {
        Write(3);
        string segment = Directory.GetFiles(Events).Single();
        File.AppendAllText(segment, Line(new string('y', (int)Tiny.SegmentSize)));
        File.AppendAllText(segment, "{\"at\":12" + Seal);
        Write(1, from: 5);

        Assert.Equal([1, 2, 3, 4, 5], ReadWhole().Select(found => found.Sequence));
    }

    [Fact]
    public void Damaged_lines_keep_their_numbers_and_are_told_of()
    {
        Write(2);
        string segment = Directory.GetFiles(Events).Single();
        File.AppendAllText(segment, "no JSON\n{\"at\":5}\n{\"at\":\"x\",\"type\":\"container\",\"action\":\"die\"}\n\n");
        File.AppendAllText(segment, "{\"at\":7,\"type\":\"container\",\"action\":\"die\",\"id\":\"x\"} and more\n");
        Write(1, from: 8);

        EventList read = Read();

        Assert.Equal([1, 2, 8], read.Events.Select(found => found.Sequence));
        Assert.Equal(["Damaged events are left out: 3, 4, 5, 6, 7."], read.Warnings);
    }

    [Fact]
    public void Of_many_damaged_lines_the_count_is_told()
    {
        Directory.CreateDirectory(Events);
        File.WriteAllText(Events + "/00000000000000000001", string.Concat(Enumerable.Repeat("?\n", 50)));

        Assert.Equal(["50 damaged events are left out: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and others."], Read().Warnings);
    }

    [Fact]
    public void A_segment_that_is_gone_or_no_file_does_not_take_the_others_down()
    {
        Write(40);
        string[] segments = [.. Directory.GetFiles(Events).Order()];
        long lost = First(segments[2]);
        long next = First(segments[3]);
        File.Delete(segments[2]);
        File.Delete(segments[4]);
        Directory.CreateDirectory(segments[4]);
        File.WriteAllText(Events + "/notes", "of somebody else");

        EventList read = Read();

        long[] gone = [.. Range(lost, next), .. Range(First(segments[4]), First(segments[5]))];
        Assert.Equal(Range(1, 41).Except(gone), read.Events.Select(found => found.Sequence));
        Assert.Contains($"The events {lost} to {next - 1} are missing from the event journal.", read.Warnings);
        Assert.Contains($"The events {First(segments[4])} to {First(segments[5]) - 1} are missing from the event journal.", read.Warnings);
    }

    [Fact]
    public void Lines_of_a_newer_version_are_read_as_far_as_they_are_known()
    {
        Directory.CreateDirectory(Events);
        File.WriteAllText(
            Events + "/00000000000000000001",
            "{\"at\":1000000000,\"type\":\"pod\",\"action\":\"levitate\",\"id\":\"p1\",\"color\":{\"at\":3,\"deep\":[1,2]},"
                + "\"attributes\":{\"n\":5,\"list\":[1],\"text\":\"t\"}}\n"
        );

        ContainerEvent read = Assert.Single(ReadWhole());

        Assert.Equal("pod levitate p1", read.ToString());
        Assert.Equal("5", read.Attributes["n"]);
        Assert.Equal("[1]", read.Attributes["list"]);
        Assert.Equal("t", read.Attributes["text"]);
    }

    [Fact]
    public void The_journal_is_bounded_and_numbers_go_on()
    {
        var bounds = new EventBounds(700, 3);
        var journal = new EventJournal(_scratch.Store, bounds);
        for (int number = 1; number <= 200; number++)
        {
            journal.Append(EventWriter.Event("one", number));
            Assert.True(Directory.GetFiles(Events).Length <= 4);
        }

        List<ContainerEvent> events = ReadWhole();
        Assert.Equal(200, events[^1].Sequence);
        Assert.True(events[0].Sequence > 100);
        Assert.Equal(Range(events[0].Sequence, 201), events.Select(found => found.Sequence));
        Assert.All(events, found => Assert.Equal(found.Sequence, Number(found)));
        Assert.True(new DirectoryInfo(Events).GetFiles().Sum(file => file.Length) < 4 * 1000);
    }

    [Fact]
    public void A_journal_that_was_deleted_begins_anew()
    {
        var journal = new EventJournal(_scratch.Store);
        journal.Append(EventWriter.Event("one", 1));
        Directory.Delete(Events, recursive: true);

        journal.Append(EventWriter.Event("one", 2));

        Assert.Null(journal.TakeFailure());
        Assert.Equal(2, Number(Assert.Single(ReadWhole())));
    }

    [Fact]
    public void An_event_that_cannot_be_written_is_told_of_once()
    {
        File.WriteAllText(Events, "no directory");
        var journal = new EventJournal(_scratch.Store);

        journal.Append(EventWriter.Event("one", 1));

        Assert.NotNull(journal.TakeFailure());
        Assert.Null(journal.TakeFailure());
    }

    [SkippableFact]
    public void A_full_disk_costs_the_events_of_that_moment_and_no_other()
    {
        Skip.IfNot(HostFacts.IsRoot, "mounting a tmpfs needs root");
        SmallDisk.Require();
        string mount = Directory.CreateDirectory(_scratch.In("mount")).FullName;
        string said = SmallDisk.Run("128k", mount, FullDisk.Verb, mount);
        output.WriteLine(said);
        Match counts = Regex.Match(said, "^([0-9]+) written, ([0-9]+) lost, ([0-9]+) segments");
        Assert.True(counts.Success, said);
        int[] numbers = [.. counts.Groups.Values.Skip(1).Select(group => int.Parse(group.Value, CultureInfo.InvariantCulture))];
        Assert.True(numbers[0] > 100 && numbers[1] > 10 && numbers[2] > 2, said);
    }

    [Fact]
    public void An_event_is_appended_once_for_each_run()
    {
        var journal = new EventJournal(_scratch.Store, Tiny);
        EventEntry Died(string run) => new("container", "die", "abc") { Attributes = [("run", run)] };
        journal.Append(Died("1"));
        Write(30);

        journal.AppendOnce(Died("1"));
        journal.AppendOnce(Died("2"));
        journal.AppendOnce(Died("2"));

        Assert.Equal(["1", "2"], ReadWhole().Where(found => found.Action == "die").Select(found => found.Attributes["run"]));
    }

    [Fact]
    public void The_members_for_a_monitor_are_those_of_the_engine()
    {
        string members = EventLine.ActorMembers("id", "na\"me\n", "image");
        Assert.DoesNotContain('\n', members);
        Directory.CreateDirectory(Events);
        File.WriteAllText(Events + "/00000000000000000001", $"{{\"at\":1,\"type\":\"container\",\"action\":\"die\",{members}}}\n");

        EventActor actor = Assert.Single(ReadWhole()).Actor;

        Assert.Equal(
            new EventActor
            {
                Id = "id",
                Name = "na\"me\n",
                Image = "image",
            },
            actor
        );
    }

    private static string Seal => Encoding.ASCII.GetString(EventFormat.Seal);

    private static string Line(string name) =>
        Encoding.UTF8.GetString(EventLine.Format(new EventEntry("container", "test", "one") { Name = name }));

    private static string Text(ContainerEvent found) => $"{found.Sequence} {found.Actor.Id} {found.Attributes.GetValueOrDefault("number")}";

    private static int Number(ContainerEvent found) => int.Parse(found.Attributes["number"], CultureInfo.InvariantCulture);

    private static long First(string segment) => long.Parse(Path.GetFileName(segment), CultureInfo.InvariantCulture);

    private static IEnumerable<long> Range(long from, long before) => Enumerable.Range(0, (int)(before - from)).Select(n => from + n);

    private static string Mode(string path) => Convert.ToString(Files.Status(path).Permissions, 8);

    private void Write(int count, int from = 1)
    {
        var journal = new EventJournal(_scratch.Store, Tiny);
        for (int number = from; number < from + count; number++)
        {
            journal.Append(EventWriter.Event("one", number));
        }

        Assert.Null(journal.TakeFailure());
    }

    private EventList Read(EventQuery? query = null) => EventReader.Read(Events, query ?? new EventQuery(), CancellationToken.None);

    /// <summary>All events of a journal of which nothing is damaged or missing.</summary>
    private List<ContainerEvent> ReadWhole()
    {
        EventList read = Read();
        Assert.Empty(read.Warnings);
        return [.. read.Events];
    }

    /// <summary>Numbers without a gap; of each writer every event once and in its order.</summary>
    private static void RequireOrder(List<ContainerEvent> events, Func<string, int> written, bool mayHaveOneMore)
    {
        Assert.Equal(Range(1, events.Count + 1), events.Select(found => found.Sequence));
        foreach (IGrouping<string, ContainerEvent> writer in events.GroupBy(found => found.Actor.Id))
        {
            int count = writer.Count();
            Assert.Equal(Enumerable.Range(1, count), writer.Select(Number));
            // One that was killed may have written an event that it could not acknowledge any more.
            Assert.InRange(count, written(writer.Key), written(writer.Key) + (mayHaveOneMore ? 1 : 0));
        }
    }
}
