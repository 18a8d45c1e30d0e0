using ContainerPS.Engine.Common;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Layers;

public sealed partial class LayerStore
{
    /// <summary>
    /// A directory that a layer only implies is to look as the layers below have it, because an overlay shows the topmost directory's
    /// owner, mode and time. Layers are unpacked side by side, so this comes after all are there.
    /// </summary>
    private void InheritImplied(List<UnpackJob> jobs, UnpackJob job)
    {
        IReadOnlyList<byte[]> implied = job.Result!.Implied;
        if (implied.Count == 0 || job.Source.Below is null)
        {
            return;
        }

        var below = new List<DirectoryCache>();
        using var own = new DirectoryCache(job.Layer.Directory);
        if (IsOpaque(own.RootFd))
        {
            return;
        }

        try
        {
            for (LayerSource? lower = job.Source.Below; lower is not null; lower = lower.Below)
            {
                PendingLayer? made = jobs.Find(candidate => candidate.Source.ChainId == lower.ChainId)?.Layer;
                below.Add(new DirectoryCache(made?.Directory ?? DirectoryOf(lower.ChainId)));
                if (IsOpaque(below[^1].RootFd))
                {
                    break;
                }
            }

            // Deepest first: a mode may shut a directory for what is below it.
            for (int i = implied.Count - 1; i >= 0; i--)
            {
                Inherit(own, below, implied[i]);
            }
        }
        finally
        {
            foreach (DirectoryCache lower in below)
            {
                lower.Dispose();
            }
        }
    }

    private static void Inherit(DirectoryCache own, List<DirectoryCache> below, byte[] path)
    {
        foreach (DirectoryCache lower in below)
        {
            Found found = Find(lower.RootFd, path, out int fd);
            if (found is Found.Directory)
            {
                try
                {
                    CopyAttributes(fd, own, path);
                }
                finally
                {
                    if (fd != lower.RootFd)
                    {
                        TreeCalls.Close(fd);
                    }
                }
            }

            if (found is not Found.Nothing)
            {
                return;
            }
        }
    }

    private enum Found
    {
        Nothing,
        Directory,

        /// <summary>A file, a whiteout or an opaque directory: what is further below does not show through.</summary>
        Hidden,
    }

    private static Found Find(int root, ReadOnlySpan<byte> path, out int fd)
    {
        fd = root;
        for (ReadOnlySpan<byte> rest = path; rest.Length > 0; )
        {
            int slash = rest.IndexOf((byte)'/');
            byte[] name = [.. slash < 0 ? rest : rest[..slash], 0];
            rest = slash < 0 ? default : rest[(slash + 1)..];
            int next = TreeCalls.Open(fd, name, Posix.O_RDONLY | Posix.O_DIRECTORY | Posix.O_NOFOLLOW);
            bool opaque = next == -Posix.ENOENT && IsOpaque(fd);
            if (fd != root)
            {
                TreeCalls.Close(fd);
            }

            if (next < 0)
            {
                return next == -Posix.ENOENT && !opaque ? Found.Nothing : Found.Hidden;
            }

            fd = next;
        }

        return Found.Directory;
    }

    /// <summary>
    /// Whether all layers below are hidden: the root of the layer is opaque (image-spec layer.md, "Opaque Whiteout"). overlayfs looks for
    /// its mark in no root, so that what is below must not be among the lower directories.
    /// </summary>
    public bool HidesBelow(Digest chainId) => _hiding.GetOrAdd(chainId, HasOpaqueRoot);

    private bool HasOpaqueRoot(Digest chainId)
    {
        using var root = new DirectoryCache(DirectoryOf(chainId));
        return IsOpaque(root.RootFd);
    }

    private static bool IsOpaque(int fd)
    {
        Span<byte> value = stackalloc byte[4];
        return TreeCalls.GetAttribute(fd, "trusted.overlay.opaque\0"u8, value) > 0
            || TreeCalls.GetAttribute(fd, "user.overlay.opaque\0"u8, value) > 0;
    }

    private static void CopyAttributes(int from, DirectoryCache own, byte[] path)
    {
        int to = own.Open(path);
        LayerProblem.Check(to, "opening", path);
        LayerProblem.Check(TreeCalls.Stat(from, "\0"u8, out TreeStat stat), "looking at", path);
        LayerProblem.Check(TreeCalls.ChangeOwner(to, stat.Uid, stat.Gid), "setting the owner of", path);
        LayerProblem.Check(TreeCalls.ChangeMode(to, stat.Mode), "setting the mode of", path);
        foreach ((byte[]? name, byte[]? value) in FileAttributes.Of(from))
        {
            LayerProblem.Check(TreeCalls.SetAttribute(to, name, value), "setting an attribute of", path);
        }

        LayerProblem.Check(TreeCalls.SetTimes(to, stat.MtimeSeconds, stat.MtimeNanoseconds), "setting the time of", path);
    }
}
