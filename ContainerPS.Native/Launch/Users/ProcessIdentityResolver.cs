using ContainerPS.Native.Oci;

namespace ContainerPS.Native.Launch.Users;

/// <summary>
/// What only the image knows of a process: the ids behind a user's name, its supplementary groups, its home. Docker's rules: NAME or UID
/// takes group and supplementary groups from the files; UID without an entry is group 0; USER:GROUP has that group alone.
/// </summary>
internal static class ProcessIdentityResolver
{
    private const string Home = "HOME=";

    public static Process Resolve(Process process, Func<RootFsView> open)
    {
        bool hasHome = process.Env?.Any(entry => entry.StartsWith(Home, StringComparison.Ordinal)) == true;
        if (hasHome && process.User?.Username is not { Length: > 0 })
        {
            return process;
        }

        using RootFsView view = open();
        var database = new UserDatabase(view);
        User user = process.User is { Username: { Length: > 0 } name } given ? Find(database, name, given) : process.User ?? new User();
        return hasHome
            ? process with
            {
                User = user,
            }
            : process with
            {
                User = user,
                Env = [.. process.Env ?? [], Home + HomeOf(database, user.Uid)],
            };
    }

    private static string HomeOf(UserDatabase database, uint uid) => database.FindUser(uid)?.Home is { Length: > 0 } home ? home : "/";

    private static User Find(UserDatabase database, string text, User given)
    {
        int at = text.IndexOf(':', StringComparison.Ordinal);
        string name = at < 0 ? text : text[..at];
        PasswdEntry? entry = database.FindUser(name);
        if (entry is null && !UserDatabase.TryId(name, out _))
        {
            throw new LaunchException(LaunchFailure.Setup, $"There is no user '{name}' in the container's /etc/passwd.");
        }

        uint uid = entry?.Uid ?? uint.Parse(name, System.Globalization.CultureInfo.InvariantCulture);
        IReadOnlyList<uint> groups = given.AdditionalGids ?? [];
        return at < 0
            ? given with
            {
                Uid = uid,
                Gid = entry?.Gid ?? 0,
                AdditionalGids = [.. groups.Concat(entry is null ? [] : database.GroupsOf(entry.Name)).Distinct()],
            }
            : given with
            {
                Uid = uid,
                Gid = Group(database, text[(at + 1)..]),
                AdditionalGids = groups,
            };
    }

    private static uint Group(UserDatabase database, string name) =>
        database.FindGroup(name)?.Gid
        ?? (
            UserDatabase.TryId(name, out uint gid)
                ? gid
                : throw new LaunchException(LaunchFailure.Setup, $"There is no group '{name}' in the container's /etc/group.")
        );
}
