using ContainerPS.Engine.Containers.Log;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Tests.Containers;

public sealed class ContainersLogTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("containerps-test-").FullName;

    private string Log => _directory + "/container.log";

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void A_line_tells_time_stream_and_message()
    {
        File.WriteAllText(
            Log,
            "2016-10-06T00:17:09.669794202Z stdout F The content of the log entry 1\n2016-10-06T00:17:10Z stderr P piece \n"
        );

        IReadOnlyList<ContainerLogRecord> records = Read();

        Assert.Equal("The content of the log entry 1", records[0].Message);
        Assert.Equal((ContainerStream.Stdout, false, "web"), (records[0].Stream, records[0].Partial, records[0].Container));
        Assert.Equal(new DateTimeOffset(2016, 10, 6, 0, 17, 9, TimeSpan.Zero).AddTicks(6697942), records[0].Time);
        Assert.Equal((ContainerStream.Stderr, true, "piece "), (records[1].Stream, records[1].Partial, records[1].Message));
        Assert.Equal(new DateTimeOffset(2016, 10, 6, 0, 17, 10, TimeSpan.Zero), records[1].Time);
    }

    [Fact]
    public void Torn_and_foreign_lines_are_skipped()
    {
        File.WriteAllText(
            Log,
            Line(1) + "garbage\n2016-10-06T00:17:09Z nowhere F x\n2016-99-06T00:17:09Z stdout F x\n" + Line(2) + Line(3)[..^1]
        );

        Assert.Equal(["1", "2"], Read().Select(record => record.Message));
    }

    [Fact]
    public void An_empty_line_is_a_record()
    {
        File.WriteAllText(Log, "2016-10-06T00:17:09Z stdout F \n2016-10-06T00:17:09Z stdout F\n");

        Assert.Equal(["", ""], Read().Select(record => record.Message));
    }

    [Fact]
    public void Rotated_files_come_first()
    {
        WriteRotated();

        Assert.Equal(Enumerable.Range(1, 9).Select(n => $"{n}"), Read().Select(record => record.Message));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(9)]
    [InlineData(50)]
    public void The_tail_spans_rotated_files(int tail)
    {
        WriteRotated();

        Assert.Equal(
            Enumerable.Range(1, 9).TakeLast(tail).Select(n => $"{n}"),
            Read(new LogQuery { Tail = tail }).Select(record => record.Message)
        );
    }

    [Fact]
    public void The_tail_of_a_long_file_is_found_from_its_end()
    {
        File.WriteAllText(Log, string.Concat(Enumerable.Range(0, 20000).Select(Line)));

        Assert.Equal(
            Enumerable.Range(15000, 5000).Select(n => $"{n}"),
            Read(new LogQuery { Tail = 5000 }).Select(record => record.Message)
        );
    }

    [Fact]
    public void Time_and_stream_are_filtered_and_the_tail_is_of_what_is_left()
    {
        File.WriteAllText(Log, string.Concat(Enumerable.Range(0, 10).Select(n => Line(n, n % 2 == 0 ? "stdout" : "stderr"))));
        DateTimeOffset from = Time(2);
        DateTimeOffset to = Time(8);

        IReadOnlyList<ContainerLogRecord> records = Read(
            new LogQuery
            {
                Since = from,
                Until = to,
                Stream = ContainerStream.Stdout,
                Tail = 3,
            }
        );

        Assert.Equal(["4", "6", "8"], records.Select(record => record.Message));
    }

    [Fact]
    public void A_line_longer_than_the_buffer_is_one_record()
    {
        File.WriteAllText(Log, $"2016-10-06T00:17:09Z stdout F {new string('x', 200_000)}\n" + Line(2));

        Assert.Equal([200_000, 1], Read().Select(record => record.Message.Length));
    }

    [Fact]
    public void What_is_no_utf8_is_replaced_not_lost()
    {
        File.WriteAllBytes(Log, [.. "2016-10-06T00:17:09Z stdout F a"u8, 0xff, .. "b\n"u8]);

        Assert.Equal("a\uFFFDb", Read().Single().Message);
    }

    [Fact]
    public async Task Following_crosses_rotations_and_ends_with_the_container()
    {
        bool alive = true;
        var seen = new List<string>();
        File.WriteAllText(Log, Line(1));
        using Inotify changes = Inotify.TryWatchDirectory(Path.GetDirectoryName(Log)!)!;
        var reader = Task.Run(async () =>
        {
            await foreach (
                ContainerLogRecord record in LogReader.FollowAsync(
                    Log,
                    "web",
                    new LogQuery { Follow = true },
                    () => Volatile.Read(ref alive),
                    ChangeAsync,
                    default
                )
            )
            {
                lock (seen)
                {
                    seen.Add(record.Message);
                }
            }
        });

        for (int n = 2; n < 60; n++)
        {
            File.AppendAllText(Log, Line(n));
            if (n % 10 == 0)
            {
                RotateWhenSeen(seen, n);
            }
        }

        File.AppendAllText(Log, Line(60));
        Volatile.Write(ref alive, false);
        File.WriteAllText(Log + ".ended", "");
        await reader.WaitAsync(Eventually.Bound);

        Assert.Equal(Enumerable.Range(1, 60).Select(n => $"{n}"), seen);

        // No time slices: what it sleeps on are the events of the directory.
        async Task ChangeAsync(TimeSpan timeout, CancellationToken cancellation)
        {
            Assert.Equal(Timeout.InfiniteTimeSpan, timeout);
            await Readiness.WaitAsync([changes.Descriptor], timeout, cancellation);
            changes.Drain();
        }
    }

    [Fact]
    public void Following_a_log_that_is_not_there_ends_with_the_container() =>
        Assert.Empty(Follow(new LogQuery { Follow = true }, isAlive: false));

    [Fact]
    public void Following_ends_at_its_until_though_nothing_comes() =>
        Assert.Empty(Follow(new LogQuery { Follow = true, Until = DateTimeOffset.UtcNow.AddMilliseconds(50) }, isAlive: true));

    private List<ContainerLogRecord> Follow(LogQuery query, bool isAlive)
    {
        using Inotify changes = Inotify.TryWatchDirectory(Path.GetDirectoryName(Log)!)!;
        return
        [
            .. LogReader
                .FollowAsync(
                    Log,
                    "web",
                    query,
                    () => isAlive,
                    (timeout, stopped) => Readiness.WaitAsync([changes.Descriptor], timeout, stopped),
                    default
                )
                .ToBlockingEnumerable(),
        ];
    }

    // The reader has to have come near: a log that rotates out of its files loses lines, as it says.
    private void RotateWhenSeen(List<string> seen, int n)
    {
        Eventually.Sees(Count, count => count >= n - 5, $"line {n - 5} at the reader");
        if (File.Exists(Log + ".1"))
        {
            File.Move(Log + ".1", Log + ".2", overwrite: true);
        }

        File.Move(Log, Log + ".1", overwrite: true);

        int Count()
        {
            lock (seen)
            {
                return seen.Count;
            }
        }
    }

    private void WriteRotated()
    {
        File.WriteAllText(Log + ".2", Line(1) + Line(2) + Line(3));
        File.WriteAllText(Log + ".1", Line(4) + Line(5) + Line(6));
        File.WriteAllText(Log, Line(7) + Line(8) + Line(9));
    }

    private IReadOnlyList<ContainerLogRecord> Read(LogQuery? query = null) => [.. LogReader.Read(Log, "web", query ?? new LogQuery())];

    private static DateTimeOffset Time(int n) => new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero).AddSeconds(n);

    private static string Line(int n) => Line(n, "stdout");

    private static string Line(int n, string stream) => $"{Time(n):yyyy-MM-ddTHH:mm:ss.fffffff}00Z {stream} F {n}\n";
}
