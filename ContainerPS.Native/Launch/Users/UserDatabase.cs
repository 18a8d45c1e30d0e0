using System.Globalization;

namespace ContainerPS.Native.Launch.Users;

/// <summary>A line of /etc/passwd.</summary>
internal sealed record PasswdEntry(string Name, uint Uid, uint Gid, string Home);

/// <summary>A line of /etc/group.</summary>
internal sealed record GroupEntry(string Name, uint Gid, IReadOnlyList<string> Members);

/// <summary>/etc/passwd and /etc/group of an image; broken lines are skipped, as C libraries do.</summary>
internal sealed class UserDatabase(RootFsView root)
{
    private readonly Lazy<IReadOnlyList<PasswdEntry>> _users = new(() => [.. Lines(root, "/etc/passwd").Select(ParseUser).OfType<PasswdEntry>()]);
    private readonly Lazy<IReadOnlyList<GroupEntry>> _groups = new(() => [.. Lines(root, "/etc/group").Select(ParseGroup).OfType<GroupEntry>()]);

    public PasswdEntry? FindUser(string nameOrId) => _users.Value.FirstOrDefault(user => user.Name == nameOrId)
        ?? (TryId(nameOrId, out var uid) ? FindUser(uid) : null);

    public PasswdEntry? FindUser(uint uid) => _users.Value.FirstOrDefault(user => user.Uid == uid);

    public GroupEntry? FindGroup(string nameOrId) => _groups.Value.FirstOrDefault(group => group.Name == nameOrId)
        ?? (TryId(nameOrId, out var gid) ? _groups.Value.FirstOrDefault(group => group.Gid == gid) : null);

    public IEnumerable<uint> GroupsOf(string name) => _groups.Value.Where(group => group.Members.Contains(name)).Select(group => group.Gid);

    public static bool TryId(string text, out uint id) => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out id) && id <= int.MaxValue;

    private static string[] Lines(RootFsView root, string path) => root.TryReadText(path)?.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];

    private static PasswdEntry? ParseUser(string line) =>
        line.Split(':') is { Length: >= 6 } parts && TryId(parts[2], out var uid) && TryId(parts[3], out var gid) ? new PasswdEntry(parts[0], uid, gid, parts[5]) : null;

    private static GroupEntry? ParseGroup(string line) => line.Split(':') is { Length: >= 3 } parts && TryId(parts[2], out var gid)
        ? new GroupEntry(parts[0], gid, parts.Length > 3 ? parts[3].Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) : [])
        : null;
}
