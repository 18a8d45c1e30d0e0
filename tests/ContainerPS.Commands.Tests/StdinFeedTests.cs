using System.IO.Pipes;

namespace ContainerPS.Commands.Tests;

public sealed class StdinFeedTests
{
    [Fact]
    public void A_string_has_its_LF_and_bytes_are_raw()
    {
        using var reader = new AnonymousPipeServerStream(PipeDirection.In);
        var feed = new StdinFeed(new AnonymousPipeClientStream(PipeDirection.Out, reader.ClientSafePipeHandle), () => { });
        feed.Add("one");
        feed.Add(new byte[] { 0, 255 });
        feed.Add((byte)7);
        feed.Add("ä");
        feed.Complete();
        Assert.Equal([.. "one\n"u8, 0, 255, 7, .. "ä\n"u8], ReadToEnd(reader));
    }

    [Fact]
    public async Task It_is_full_while_nobody_reads_and_says_when_there_is_room_again()
    {
        using var room = new ManualResetEventSlim();
        using var reader = new AnonymousPipeServerStream(PipeDirection.In);
        var feed = new StdinFeed(new AnonymousPipeClientStream(PipeDirection.Out, reader.ClientSafePipeHandle), room.Set);
        long sent = 0L;
        while (!feed.IsFull)
        {
            feed.Add(new byte[64 << 10]);
            sent += 64 << 10;
        }

        Task<long> reading = Task.Run(() => ReadToEnd(reader).LongLength);
        Assert.True(room.Wait(TimeSpan.FromSeconds(20)), "room");
        Eventually.True(() => !feed.IsFull, "room in the feed");
        feed.Complete();
        Assert.Equal(sent, await reading);
    }

    [Fact]
    public void A_reader_that_goes_away_is_no_error_and_nothing_piles_up()
    {
        using var room = new ManualResetEventSlim();
        var reader = new AnonymousPipeServerStream(PipeDirection.In);
        var feed = new StdinFeed(new AnonymousPipeClientStream(PipeDirection.Out, reader.ClientSafePipeHandle), room.Set);
        reader.Dispose();
        feed.Add("nobody reads this");
        Assert.True(room.Wait(TimeSpan.FromSeconds(20)), "told");
        for (int i = 0; i < 100; i++)
        {
            feed.Add(new byte[1 << 20]);
        }

        Assert.False(feed.IsFull);
    }

    private static byte[] ReadToEnd(Stream stream)
    {
        using var all = new MemoryStream();
        stream.CopyTo(all);
        return all.ToArray();
    }
}
