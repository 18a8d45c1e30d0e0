using System.Text;
using ContainerPS.Engine.Layers.Tar;
using ContainerPS.Native.Linux;
using CsCheck;

namespace ContainerPS.Engine.Tests.Layers;

public sealed class TarReaderTests
{
    [Fact]
    public void A_plain_ustar_archive_gives_its_entries_and_data()
    {
        List<Seen> entries = Read(
            new TestTar().Directory("etc").File("etc/hosts", "127.0.0.1", mode: Modes.Mode0600, uid: 7, gid: 8).End()
        );
        Assert.Equal(["etc/", "etc/hosts"], entries.Select(entry => entry.Name));
        Assert.Equal("127.0.0.1", entries[1].Content);
        Assert.Equal(
            (Modes.Mode0600, 7u, 8u, 1_000_000_000L),
            (entries[1].Entry.Mode, entries[1].Entry.Uid, entries[1].Entry.Gid, entries[1].Entry.MtimeSeconds)
        );
    }

    [Fact]
    public void A_ustar_prefix_stands_before_the_name()
    {
        Assert.Equal("a/b/c", Read(new TestTar().Entry("c", '0', [], prefix: "a/b").End())[0].Name);
    }

    [Fact]
    public void Gnu_long_names_and_links_replace_those_of_the_header()
    {
        string name = string.Join('/', Enumerable.Repeat("directory", 30));
        List<Seen> entries = Read(
            new TestTar().GnuLongName(name).GnuLongLink(name + "2").Symlink("short", "short").File("next", "x").End()
        );
        Assert.Equal((name, name + "2"), (entries[0].Name, Encoding.UTF8.GetString(entries[0].Entry.LinkPath)));
        Assert.Equal("next", entries[1].Name);
    }

    [Fact]
    public void Pax_records_win_over_the_header_and_end_with_their_entry()
    {
        List<Seen> entries = Read(
            new TestTar()
                .Pax(("path", "größe/ü"), ("uid", "4000000"), ("mtime", "1700000000.123456789"), ("SCHILY.xattr.user.key", "välue"))
                .File("x", "1")
                .File("y", "2")
                .End()
        );
        Assert.Equal("größe/ü", entries[0].Name);
        Assert.Equal(
            (4000000u, 1700000000L, 123456789u),
            (entries[0].Entry.Uid, entries[0].Entry.MtimeSeconds, entries[0].Entry.MtimeNanoseconds)
        );
        Assert.Equal("user.key=välue", entries[0].Attributes);
        Assert.Equal(("y", 0u, ""), (entries[1].Name, entries[1].Entry.Uid, entries[1].Attributes));
    }

    [Theory]
    [InlineData("-1.25", -2, 750_000_000)]
    [InlineData("-0.5", -1, 500_000_000)]
    [InlineData("5", 5, 0)]
    [InlineData("1.1234567891234", 1, 123_456_789)]
    public void Pax_times_before_1970_and_with_any_number_of_decimals(string text, long seconds, uint nanoseconds)
    {
        TarEntry entry = Read(new TestTar().Pax(("mtime", text)).File("x", "").End())[0].Entry;
        Assert.Equal((seconds, nanoseconds), (entry.MtimeSeconds, entry.MtimeNanoseconds));
    }

    [Fact]
    public void Global_pax_records_hold_for_all_that_follow_and_lose_to_local_ones()
    {
        List<Seen> entries = Read(
            new TestTar().GlobalPax(("gid", "77"), ("comment", "abc")).File("a", "").Pax(("gid", "5")).File("b", "").File("c", "").End()
        );
        Assert.Equal([77u, 5u, 77u], entries.Select(entry => entry.Entry.Gid));
    }

    [Fact]
    public void Base_256_numbers_are_read_also_negative()
    {
        TarEntry entry = Read(
            new TestTar()
                .Entry(
                    "x",
                    '0',
                    [],
                    change: header =>
                    {
                        header.AsSpan(108, 8).Clear();
                        header[108] = 0x80;
                        header[112] = 0x7f;
                        header.AsSpan(136, 12).Fill(0xff);
                    }
                )
                .End()
        )[0].Entry;
        Assert.Equal((0x7f000000u, -1L), (entry.Uid, entry.MtimeSeconds));
    }

    [Fact]
    public void Old_gnu_sparse_files_with_an_extension_block()
    {
        byte[] extension = new byte[512];
        TestTar.Octal(extension, 0, 12, 4096);
        TestTar.Octal(extension, 12, 12, 3);
        TestTar tar = new TestTar()
            .Entry(
                "s",
                'S',
                [],
                magic: "ustar  \0",
                size: 6,
                change: header =>
                {
                    header.AsSpan(345).Clear();
                    TestTar.Octal(header, 386, 12, 0);
                    TestTar.Octal(header, 398, 12, 3);
                    header[482] = 1;
                    TestTar.Octal(header, 483, 12, 10_000);
                }
            )
            .Raw(extension)
            .Raw(Encoding.ASCII.GetBytes("abcdef"))
            .Raw(new byte[506])
            .File("next", "n");
        List<Seen> entries = Read(tar.End());
        Assert.Equal([new TarExtent(0, 3), new TarExtent(4096, 3)], entries[0].Extents);
        Assert.Equal((10_000L, "abcdef", "next"), (entries[0].Entry.Size, entries[0].Content, entries[1].Name));
    }

    [Fact]
    public void Pax_sparse_0_0_0_1_and_1_0_say_the_same()
    {
        byte[] map = Encoding.ASCII.GetBytes("2\n0\n3\n4096\n3\n");
        TestTar[] archives = new[]
        {
            new TestTar()
                .Pax(
                    ("GNU.sparse.size", "10000"),
                    ("GNU.sparse.numblocks", "2"),
                    ("GNU.sparse.offset", "0"),
                    ("GNU.sparse.numbytes", "3"),
                    ("GNU.sparse.offset", "4096"),
                    ("GNU.sparse.numbytes", "3")
                )
                .File("s", "abcdef"),
            new TestTar()
                .Pax(("GNU.sparse.size", "10000"), ("GNU.sparse.name", "s"), ("GNU.sparse.map", "0,3,4096,3"))
                .File("GNUSparseFile.1/s", "abcdef"),
            new TestTar()
                .Pax(("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.name", "s"), ("GNU.sparse.realsize", "10000"))
                .Entry("GNUSparseFile.1/s", '0', [.. map, .. new byte[512 - map.Length], .. "abcdef"u8]),
        };
        foreach (TestTar? tar in archives)
        {
            Seen entry = Read(tar.File("next", "n").End())[0];
            Assert.Equal(("s", 10_000L, "abcdef"), (entry.Name, entry.Entry.Size, entry.Content));
            Assert.Equal([new TarExtent(0, 3), new TarExtent(4096, 3)], entry.Extents);
        }
    }

    [Fact]
    public void A_v7_archive_says_directory_by_a_slash()
    {
        Assert.Equal(TarEntryKind.Directory, Read(new TestTar().Entry("d/", '\0', [], magic: "").End())[0].Entry.Kind);
    }

    [Theory]
    [InlineData(600)]
    [InlineData(1100)]
    [InlineData(512)]
    public void An_archive_cut_short_is_an_error(int length)
    {
        byte[] whole = new TestTar().File("a", new string('x', 800)).End();
        Assert.Throws<TarFormatException>(() => Read(whole[..length]));
    }

    [Fact]
    public void An_archive_without_its_closing_block_counts_as_cut_short_unless_a_digest_vouches_for_it()
    {
        byte[] tar = new TestTar().File("a", "x").ToArray();
        Assert.Throws<TarFormatException>(() => Read(tar));
        Assert.Single(Read(tar, requireEnd: false));
    }

    [Fact]
    public void A_huge_extended_header_is_refused_before_it_is_read()
    {
        TarFormatException failure = Assert.Throws<TarFormatException>(() => Read(new TestTar().Entry("x", 'x', [], size: 1L << 40).End()));
        Assert.Contains("extended header", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("99999999999999999999 path=x\n")]
    [InlineData("5 a=b")]
    [InlineData("0 a=b\n")]
    [InlineData("7 a:b1\n")]
    [InlineData("x a=b\n")]
    public void A_malformed_pax_record_is_an_error(string record)
    {
        Assert.Throws<TarFormatException>(() => Read(new TestTar().Entry("x", 'x', Encoding.ASCII.GetBytes(record)).File("y", "").End()));
    }

    [Fact]
    public void A_sparse_map_that_does_not_fit_is_an_error()
    {
        foreach (string map in (string[])["0,3,1,3", "0,3,9999,3", "9000000000000000000,3,9223372036854775807,3", "0,2"])
        {
            byte[] tar = new TestTar().Pax(("GNU.sparse.size", "10000"), ("GNU.sparse.map", map)).File("s", "abcdef").End();
            Assert.Throws<TarFormatException>(() => Read(tar));
        }
    }

    [Fact]
    public void Damaged_archives_never_do_more_than_throw_a_format_error()
    {
        byte[] sample = new TestTar()
            .Directory("d")
            .Pax(("path", "d/long"), ("SCHILY.xattr.user.a", "b"))
            .File("x", "hello")
            .Symlink("d/l", "x")
            .HardLink("d/h", "d/long")
            .Pax(("GNU.sparse.size", "10000"), ("GNU.sparse.map", "0,3,4096,3"))
            .File("s", "abcdef")
            .GnuLongName("n")
            .File("x", "1")
            .End();
        Gen.Select(
                Gen.Select(Gen.Int[0, sample.Length - 1], Gen.Byte).Array[1, 5],
                // Half of them with sound checksums, so that more than the sum is tried.
                Gen.Bool,
                Gen.Frequency((4, Gen.Const(sample.Length)), (1, Gen.Int[0, sample.Length - 1]))
            )
            .Sample(
                (flips, sound, length) =>
                {
                    byte[] broken = (byte[])sample.Clone();
                    foreach ((int at, byte value) in flips)
                    {
                        broken[at] = value;
                    }

                    if (sound)
                    {
                        Resum(broken);
                    }

                    try
                    {
                        Read(broken[..length]);
                    }
                    catch (TarFormatException)
                    {
                        // What it is for.
                    }
                },
                iter: 4000
            );
    }

    private static void Resum(byte[] tar)
    {
        for (int at = 0; at + 512 <= tar.Length; at += 512)
        {
            if (!tar.AsSpan(at + 257, 5).SequenceEqual("ustar"u8))
            {
                continue;
            }

            tar.AsSpan(at + 148, 8).Fill((byte)' ');
            int sum = 0;
            foreach (byte value in tar.AsSpan(at, 512))
            {
                sum += value;
            }

            Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(tar.AsSpan(at + 148));
        }
    }

    private sealed record Seen(TarEntry Entry, string Name, string Content, string Attributes, List<TarExtent>? Extents);

    private static List<Seen> Read(byte[] tar, bool requireEnd = true)
    {
        using var reader = new TarReader(new MemoryStream(tar), requireEnd);
        var result = new List<Seen>();
        for (var entry = new TarEntry(); reader.ReadNext(entry); entry = new TarEntry())
        {
            var content = new StringBuilder();
            for (ReadOnlySpan<byte> piece = reader.ReadData(); piece.Length > 0; piece = reader.ReadData())
            {
                content.Append(Encoding.UTF8.GetString(piece));
            }

            string attributes = string.Join(
                ' ',
                entry.Attributes.Select(attribute =>
                    $"{Encoding.UTF8.GetString(attribute.Name)}={Encoding.UTF8.GetString(attribute.Value)}"
                )
            );
            result.Add(new Seen(entry, Encoding.UTF8.GetString(entry.Path), content.ToString(), attributes, entry.Extents));
        }

        return result;
    }
}
