using System.Globalization;

namespace ContainerPS.Native.Launch.Users;

/// <summary>A line of /etc/passwd.</summary>
internal sealed record PasswdEntry(string Name, uint Uid, uint Gid, string Home);

/// <summary>A line of /etc/group.</summary>
internal sealed record GroupEntry(string Name, uint Gid);

/// <summary>
/// /etc/passwd and /etc/group of an image, each read when it is first asked; broken lines are skipped, as C libraries do. The first line
/// that fits counts. Lines are looked at where they lie: every start and every exec asks for one of what may be many.
/// </summary>
internal sealed class UserDatabase(RootFsView root)
{
    private string? _users;
    private string? _groups;

    private string Users => _users ??= root.TryReadText("/etc/passwd") ?? "";

    private string Groups => _groups ??= root.TryReadText("/etc/group") ?? "";

    public PasswdEntry? FindUser(string nameOrId) => FindUser(nameOrId, null) ?? (TryId(nameOrId, out uint uid) ? FindUser(uid) : null);

    public PasswdEntry? FindUser(uint uid) => FindUser(null, uid);

    public GroupEntry? FindGroup(string nameOrId) =>
        FindGroup(nameOrId, null) ?? (TryId(nameOrId, out uint gid) ? FindGroup(null, gid) : null);

    public IReadOnlyList<uint> GroupsOf(string name)
    {
        var found = new List<uint>();
        foreach (Range part in Groups.AsSpan().Split('\n'))
        {
            var line = new Line(Groups.AsSpan()[part]);
            if (line.IsGroup && name.Length > 0 && HasMember(line.Members, name))
            {
                found.Add(line.Gid);
            }
        }

        return found;
    }

    public static bool TryId(ReadOnlySpan<char> text, out uint id) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out id) && id <= int.MaxValue;

    private PasswdEntry? FindUser(string? name, uint? uid)
    {
        foreach (Range part in Users.AsSpan().Split('\n'))
        {
            var line = new Line(Users.AsSpan()[part]);
            if (line.IsUser && (name is null || line.Name.SequenceEqual(name)) && (uid is null || line.Uid == uid))
            {
                return new PasswdEntry(line.Name.ToString(), line.Uid, line.UsersGid, line.Home.ToString());
            }
        }

        return null;
    }

    private GroupEntry? FindGroup(string? name, uint? gid)
    {
        foreach (Range part in Groups.AsSpan().Split('\n'))
        {
            var line = new Line(Groups.AsSpan()[part]);
            if (line.IsGroup && (name is null || line.Name.SequenceEqual(name)) && (gid is null || line.Gid == gid))
            {
                return new GroupEntry(line.Name.ToString(), line.Gid);
            }
        }

        return null;
    }

    private static bool HasMember(ReadOnlySpan<char> members, string name)
    {
        foreach (Range part in members.Split(','))
        {
            if (members[part].Trim().SequenceEqual(name))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>name:password:gid:members, or name:password:uid:gid:comment:home:shell.</summary>
    private readonly ref struct Line
    {
        private const int MostFields = 7;

        public Line(ReadOnlySpan<char> text)
        {
            Span<Range> fields = stackalloc Range[MostFields];
            text = text.Trim();
            int count = text.Split(fields, ':');
            uint third = 0,
                fourth = 0;
            IsGroup = count >= 3 && TryId(text[fields[2]], out third);
            IsUser = IsGroup && count >= 6 && TryId(text[fields[3]], out fourth);
            (Uid, Gid, UsersGid) = (third, third, fourth);
            // A field that is not there has the range 0..0.
            Name = text[fields[0]];
            Members = text[fields[3]];
            Home = text[fields[5]];
        }

        public ReadOnlySpan<char> Name { get; }

        public bool IsUser { get; }

        public bool IsGroup { get; }

        public uint Uid { get; }

        public uint Gid { get; }

        public uint UsersGid { get; }

        public ReadOnlySpan<char> Members { get; }

        public ReadOnlySpan<char> Home { get; }
    }
}
