using System.Text;
using ContainerPS.Native.Linux;

namespace ContainerPS.Native.Tests.Linux;

public sealed class MountTableTests
{
    private const string Text = """
        22 27 0:21 / /proc rw,relatime - proc proc rw
        36 35 98:0 /mnt1 /mnt\0402\134x rw,noatime master:1 propagate_from:2 - ext3 /dev/root rw,errors=continue
        32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime shared:4 - cgroup cgroup rw,cpu,cpuacct
        40 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2  rw
        """;

    [Fact]
    public void Lines_are_read_with_their_optional_fields_and_escapes()
    {
        IReadOnlyList<MountEntry> entries = MountTable.Parse(Encoding.UTF8.GetBytes(Text));

        Assert.Equal(4, entries.Count);
        Assert.Equal(
            new MountEntry(
                36,
                35,
                98,
                0,
                "/mnt1",
                "/mnt 2\\x",
                "rw,noatime",
                "master:1 propagate_from:2",
                "ext3",
                "/dev/root",
                "rw,errors=continue"
            ),
            entries[1]
        );
        Assert.Equal("", entries[0].OptionalFields);
        Assert.Equal(("cgroup2", "", "rw"), (entries[3].FileSystem, entries[3].Source, entries[3].SuperOptions));
    }

    [Fact]
    public void Only_the_wanted_file_systems_are_parsed()
    {
        IReadOnlyList<MountEntry> entries = MountTable.Parse(Encoding.UTF8.GetBytes(Text), "cgroup");

        Assert.Equal(["/sys/fs/cgroup/cpu", "/sys/fs/cgroup/unified"], entries.Select(entry => entry.MountPoint));
        Assert.True(entries[0].HasSuperOption("cpuacct"));
    }

    [Fact]
    public void The_table_of_this_process_is_read()
    {
        int lines = File.ReadAllLines("/proc/self/mountinfo").Length;

        Assert.Equal(lines, MountTable.Read().Count);
        Assert.Contains(MountTable.Read(), entry => entry.MountPoint == "/proc" && entry.FileSystem == "proc");
    }
}
