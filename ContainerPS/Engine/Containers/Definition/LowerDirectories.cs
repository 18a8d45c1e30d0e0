using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Containers.Definition;

/// <summary>Lower directories that overlay takes together.</summary>
internal static class LowerDirectories
{
    /// <summary>
    /// Leaves out those that lie inside the last one. Overlay refuses a layer below another (ELOOP, ovl_check_layer), and the init layer
    /// lies below the host's own root: that root has the mount points, or they are made in the container's own layer.
    /// </summary>
    public static IReadOnlyList<string> WithoutNested(IReadOnlyList<string> topFirst, string? directory)
    {
        if (directory is null)
        {
            return topFirst;
        }

        FileStatus bottom = Files.Status(directory);
        return [.. topFirst.Where((layer, index) => index == topFirst.Count - 1 || !IsInside(layer, bottom))];
    }

    // By identity, not by text: either path may go through symbolic links.
    private static bool IsInside(string layer, FileStatus bottom)
    {
        FileStatus current = Files.Status(layer);
        for (string path = layer; current.DeviceId == bottom.DeviceId; )
        {
            if (current.Inode == bottom.Inode)
            {
                return true;
            }

            path += "/..";
            FileStatus parent = Files.Status(path);
            if (parent.Inode == current.Inode)
            {
                return false;
            }

            current = parent;
        }

        return false;
    }
}
