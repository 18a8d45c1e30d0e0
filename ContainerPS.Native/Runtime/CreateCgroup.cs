using System.Security.Cryptography;
using System.Text;
using ContainerPS.Native.Cgroups;
using ContainerPS.Native.Oci;

namespace ContainerPS.Native.Runtime;

/// <summary>
/// The cgroup of one create. A cgroup that this create did not make is never killed and never removed: it may be another container's, or
/// that of a host service, even when it was empty a moment ago.
/// </summary>
/// <remarks>
/// Ordinary use: <see cref="Note"/> before the launch, <see cref="Make"/> while the shim starts, <see cref="TakeBack"/> when the create
/// fails. When the create is killed instead, <see cref="ClearRemains"/> does it from the note.
/// </remarks>
internal sealed class CreateCgroup
{
    private const int LongestIdInName = 200;
    private static readonly TimeSpan _removal = TimeSpan.FromSeconds(5);

    private readonly string _directory;
    private readonly bool _isDefault;
    private CreateIntent _intent = new();
    private Cgroup? _made;

    /// <param name="root">Directory of the containers.</param>
    /// <param name="id">Of the container.</param>
    /// <param name="directory">Of the container.</param>
    /// <param name="spec">Says where the cgroup lies.</param>
    public CreateCgroup(string root, string id, string directory, Spec spec)
    {
        _directory = directory;
        _isDefault = string.IsNullOrEmpty(spec.Linux?.CgroupsPath);
        Cgroup = RuntimeContainer.Cgroups.Open(_isDefault ? DefaultPath(root, id) : PathOf(spec.Linux!.CgroupsPath!));
    }

    public Cgroup Cgroup { get; }

    /// <summary>Names the directory that was made or found; null before <see cref="Make"/>.</summary>
    public ulong? Id { get; private set; }

    /// <summary>
    /// config-linux.md "Cgroups Path" leaves the default to the runtime. The root is part of it, so that two roots may have containers of
    /// one id; the hash keeps it short and is the same for each create of that id in that root.
    /// </summary>
    public static string DefaultPath(string root, string id)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{root}\0{id}"));
        return $"/{(id.Length > LongestIdInName ? id[..LongestIdInName] : id)}-{Convert.ToHexStringLower(hash)[..12]}";
    }

    /// <summary>Writes down what is about to be made.</summary>
    public void Note()
    {
        if (_isDefault)
        {
            // Its name is this container's alone: an empty one was left by an old run, with that run's limits.
            Cgroup.Remove(_removal);
        }

        _intent = new CreateIntent { CgroupPath = Cgroup.Path, CgroupExisted = Cgroup.Exists };
        _intent.Write(_directory);
    }

    /// <summary>
    /// Makes the cgroup and limits it. An empty cgroup that was there before keeps the values that the spec does not name, as runc keeps
    /// them: whoever made it may have limited it for the container.
    /// </summary>
    /// <exception cref="CgroupException">Busy: it has processes.</exception>
    public void Make(LinuxResources? resources)
    {
        _made = Cgroup.Host.Create(Cgroup.Path);
        Id = _made.Id;
        if (_made.IsNew)
        {
            // Before the first process may enter.
            _intent = _intent with
            {
                CgroupId = Id,
            };
            _intent.Write(_directory);
        }

        if (resources is not null)
        {
            _made.Apply(resources);
        }
    }

    /// <summary>After a start that failed. What another made, or may have filled, stays as it is.</summary>
    public void TakeBack(Action<string> warn) => OrWarn(() => _made?.TakeBack(_removal), warn);

    /// <summary>What a create that was killed left of its cgroup. Its init ends by itself when the create is gone.</summary>
    /// <param name="directory">Of the container.</param>
    /// <param name="warn">Takes what stays.</param>
    public static void ClearRemains(string directory, Action<string> warn)
    {
        if (CreateIntent.TryRead(directory) is not { CgroupExisted: false } intent || intent.BootId != Linux.HostFacts.BootId)
        {
            return;
        }

        Cgroup cgroup = RuntimeContainer.Cgroups.Open(intent.CgroupPath);
        if (intent.CgroupId is { } made)
        {
            if (cgroup.Id != made)
            {
                // Somebody removed it and made another one of this name.
                return;
            }

            cgroup.Kill();
        }

        OrWarn(() => cgroup.Remove(_removal), warn);
    }

    /// <summary>A cgroup that is still in use is left with a warning.</summary>
    internal static void OrWarn(Action remove, Action<string> warn)
    {
        try
        {
            remove();
        }
        catch (CgroupException busy) when (busy.Kind == CgroupErrorKind.Busy)
        {
            warn($"{busy.Message} It is left as it is.");
        }
    }

    /// <summary>Absolute from the mounted root, as written otherwise.</summary>
    private static string PathOf(string path)
    {
        if (path.Count(c => c == ':') == 2 && !path.Contains('/', StringComparison.Ordinal))
        {
            throw new RuntimeException(
                $"the cgroups path '{path}' is written for systemd (slice:prefix:name): systemd cgroups are not supported"
            );
        }

        return path.StartsWith('/') ? path : "/" + path;
    }
}
