using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Common;

/// <summary>
/// What the host refuses while the store is worked on, as errors with an id: a full disk, missing rights, a failing device.
/// </summary>
internal static class StoreFailure
{
    /// <summary>The way out of a full disk.</summary>
    public const string MakeRoom =
        "Make room on the file system of the store, or move the store to a larger one (CONTAINERPS_ROOT); nothing was changed.";

    /// <summary>Runs the work; failures of the system come out explained, the engine's own and cancellation as they are.</summary>
    public static T Explain<T>(string action, string target, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (LinuxException failure)
        {
            throw Translate(action, target, failure, failure.Errno);
        }
        catch (UnauthorizedAccessException failure)
        {
            throw Translate(action, target, failure, Posix.EACCES);
        }
        catch (IOException failure)
        {
            // The class library puts the errno into HResult where it has no number of its own.
            throw Translate(action, target, failure, failure.HResult);
        }
    }

    /// <summary>Runs the work; a full disk comes out explained, everything else as it is.</summary>
    public static T ExplainFullDisk<T>(string action, string target, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (LinuxException failure) when (IsFullDisk(failure.Errno))
        {
            throw Translate(action, target, failure, failure.Errno);
        }
    }

    /// <inheritdoc cref="ExplainFullDisk{T}"/>
    public static void ExplainFullDisk(string action, string target, Action work) =>
        ExplainFullDisk(
            action,
            target,
            () =>
            {
                work();
                return true;
            }
        );

    public static bool IsFullDisk(int errno) => errno is Posix.ENOSPC or Posix.EDQUOT;

    public static EngineException FullDisk(string problem, string target, Exception failure) =>
        new(ErrorIds.StoreFull, EngineErrorKind.LimitExceeded, problem, target, MakeRoom, failure);

    private static EngineException Translate(string action, string target, Exception failure, int errno)
    {
        string problem = $"{action} failed: {failure.Message.TrimEnd('.')}.";
        return errno switch
        {
            Posix.EACCES or Posix.EPERM or Posix.EROFS => new ContainerPrivilegeException(
                ErrorIds.NamespaceDenied,
                problem,
                target,
                "The store belongs to root: run this program by sudo, or use a store of your own (CONTAINERPS_ROOT).",
                failure
            ),
            _ when IsFullDisk(errno) => FullDisk(problem, target, failure),
            _ => new EngineException(ErrorIds.EngineFailure, EngineErrorKind.Failure, problem, target, null, failure),
        };
    }
}
