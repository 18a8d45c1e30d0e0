using System.Text;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Common;

/// <summary>Deletes trees of the store (<see cref="TreeRemoval"/>), with the engine's errors.</summary>
public static class TreeRemover
{
    /// <summary>Deletes a file or tree; one that is not there is no error.</summary>
    public static void Delete(string path)
    {
        int result = TreeRemoval.Delete(Posix.AT_FDCWD, Encoding.UTF8.GetBytes(path + '\0'), out _);
        if (result < 0)
        {
            throw new EngineException(
                ErrorIds.EngineFailure,
                EngineErrorKind.Failure,
                $"Deleting '{path}' failed: {KernelError.Describe(-result)}.",
                path
            );
        }
    }

    /// <summary>Deletes a tree, unless another process holds an flock on it: that process deletes it, or still wants it.</summary>
    public static void DeleteIfFree(string path)
    {
        using var held = FileLock.TryAcquireDirectory(path);
        if (held is not null)
        {
            Delete(path);
        }
    }
}
