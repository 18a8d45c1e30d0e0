using System.Text;
using ContainerPS.Engine.Layers.Tar;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Layers;

public sealed partial class LayerUnpacker
{
    private static ReadOnlySpan<byte> WhiteoutPrefix => ".wh."u8;

    private static ReadOnlySpan<byte> OpaqueMarker => ".wh..wh..opq"u8;

    private ReadOnlySpan<byte> OpaqueAttribute => _userAttributes ? "user.overlay.opaque\0"u8 : "trusted.overlay.opaque\0"u8;

    /// <summary>What a directory is to be once nothing is made in it any more.</summary>
    private sealed class DirectoryState
    {
        public bool Implied { get; set; } = true;

        public bool Opaque { get; set; }

        public uint Mode { get; set; } = Modes.Mode0755;

        public uint Uid { get; set; }

        public uint Gid { get; set; }

        public long MtimeSeconds { get; set; }

        public uint MtimeNanoseconds { get; set; }

        public TarAttribute[] Attributes { get; set; } = [];
    }

    private DirectoryState StateOf(ReadOnlySpan<byte> path)
    {
        if (_stateByPath.TryGetValue(path, out DirectoryState? state))
        {
            return state;
        }

        state = new DirectoryState { Uid = _uid, Gid = _gid };
        _states.Add(path.ToArray(), state);
        return state;
    }

    /// <summary>Notes what the entry says of its directory.</summary>
    private DirectoryState Describe(ReadOnlySpan<byte> path)
    {
        DirectoryState state = StateOf(path);
        state.Implied = false;
        state.Mode = _entry.Mode;
        state.Uid = _entry.Uid;
        state.Gid = _entry.Gid;
        state.MtimeSeconds = _entry.MtimeSeconds;
        state.MtimeNanoseconds = _entry.MtimeNanoseconds;
        state.Attributes = [.. _entry.Attributes];
        return state;
    }

    private void ForgetBelow(ReadOnlySpan<byte> path)
    {
        _stateByPath.Remove(path);
        byte[] prefix = [.. path, (byte)'/'];
        foreach (byte[]? below in _states.Keys.Where(key => key.AsSpan().StartsWith(prefix)).ToList())
        {
            _states.Remove(below);
        }
    }

    // image-spec layer.md, "Whiteouts": they hide what layers below have, never what this layer has itself, in whatever order.
    private void TakeWhiteout()
    {
        if (_path.BareName.SequenceEqual(OpaqueMarker))
        {
            OpenParent(_path);
            StateOf(_path.Parent).Opaque = true;
            return;
        }

        // aufs kept its own notes under this prefix; they mean nothing to an overlay.
        if (_path.BareName.StartsWith(".wh..wh."u8))
        {
            return;
        }

        ReadOnlySpan<byte> name = _path.Name[WhiteoutPrefix.Length..];
        if (name.SequenceEqual("\0"u8) || name.SequenceEqual(".\0"u8))
        {
            throw LayerProblem.Corrupt($"the whiteout '{_path}' names nothing");
        }

        if (name.SequenceEqual("..\0"u8))
        {
            throw LayerProblem.Escape(_path.Full, "it is a whiteout of '..'");
        }

        int made = TreeCalls.MakeNode(OpenParent(_path), name, Posix.S_IFCHR, 0, 0);
        if (made == -Posix.EEXIST)
        {
            HideBelow(name[..^1]);
        }
        else
        {
            Check(made, "making the whiteout");
        }
    }

    private void HideBelow(ReadOnlySpan<byte> name)
    {
        byte[] path = _path.Parent.Length == 0 ? name.ToArray() : [.. _path.Parent, (byte)'/', .. name];
        if (_states.TryGetValue(path, out DirectoryState? directory))
        {
            directory.Opaque = true;
        }
    }

    /// <summary>
    /// Sets what was put off, deepest first (a mode may shut a directory for what is below), and tells which were implied.
    /// </summary>
    private List<byte[]> FinishDirectories()
    {
        _directories.Forget();
        var implied = new List<byte[]>();
        foreach ((byte[]? path, DirectoryState? state) in _states.OrderByDescending(pair => pair.Key, PathOrder))
        {
            FinishDirectory(path, state);
            if (state.Implied)
            {
                implied.Add(path);
            }
        }

        implied.Reverse();
        return implied;
    }

    private static readonly Comparer<byte[]> PathOrder = Comparer<byte[]>.Create((x, y) => x.AsSpan().SequenceCompareTo(y));

    private void FinishDirectory(byte[] path, DirectoryState state)
    {
        _path.Set(path);
        int fd = path.Length == 0 ? _directories.RootFd : _directories.Open(path);
        if (fd < 0)
        {
            throw Unreachable(path, path, fd);
        }

        if (state.Uid != _uid || state.Gid != _gid)
        {
            Check(TreeCalls.ChangeOwner(fd, state.Uid, state.Gid), "setting the owner of");
        }

        Check(TreeCalls.ChangeMode(fd, state.Mode), "setting the mode of");
        foreach (TarAttribute attribute in state.Attributes)
        {
            SetAttribute(fd, attribute);
        }

        // On the root, overlayfs does not look at it: LayerStore does (HidesBelow).
        if (state.Opaque)
        {
            Check(TreeCalls.SetAttribute(fd, OpaqueAttribute, "y"u8), "marking as opaque");
        }

        if (!state.Implied)
        {
            Check(TreeCalls.SetTimes(fd, state.MtimeSeconds, state.MtimeNanoseconds), "setting the time of");
        }
    }

    private void SetAttribute(int fd, TarAttribute attribute)
    {
        if (!OverlayAttributes.MayBeSet(attribute.Name))
        {
            return;
        }

        byte[] name = [.. attribute.Name, 0];
        Judge(TreeCalls.SetAttribute(fd, name, attribute.Value), attribute.Name);
    }

    private void SetAttribute(int parent, ReadOnlySpan<byte> entry, TarAttribute attribute)
    {
        if (!OverlayAttributes.MayBeSet(attribute.Name))
        {
            return;
        }

        byte[] name = [.. attribute.Name, 0];
        Judge(TreeCalls.SetAttribute(parent, entry, name, attribute.Value), attribute.Name);
    }

    // As in Docker and podman: an attribute that this file system has no place for is left out (and noted), but never a file's
    // capabilities.
    private void Judge(int result, byte[] name)
    {
        if (result == -Posix.EOPNOTSUPP && !name.AsSpan().SequenceEqual("security.capability"u8))
        {
            _lost.Add(Encoding.UTF8.GetString(name));
        }
        else
        {
            Check(result, $"setting the attribute {TarReader.Show(name)} of");
        }
    }
}
