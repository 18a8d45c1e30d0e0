using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Common;

/// <summary>The repair of problems that are set right one by one.</summary>
internal static class StorageRepair
{
    /// <summary>Sets each right, and keeps what was thrown with its problem.</summary>
    public static IReadOnlyList<StorageProblem> Each(
        IEnumerable<StorageProblem> problems,
        Action<StorageProblem> repair,
        CancellationToken cancellation
    )
    {
        var tried = new List<StorageProblem>();
        foreach (StorageProblem problem in problems)
        {
            cancellation.ThrowIfCancellationRequested();
            tried.Add(problem with { Failure = FailureOf(problem, repair) });
        }

        return tried;
    }

    private static string? FailureOf(StorageProblem problem, Action<StorageProblem> repair)
    {
        try
        {
            repair(problem);
            return null;
        }
        catch (Exception failure) when (failure is EngineException or LinuxException or IOException or UnauthorizedAccessException)
        {
            return failure.Message;
        }
    }
}
