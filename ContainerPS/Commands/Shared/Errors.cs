using System.Management.Automation;
using ContainerPS.Native.Linux;

namespace ContainerPS.Commands;

/// <summary>
/// The one place where a failure becomes an error record: a stable id, a category that is never NotSpecified, the thing it happened to and the way out.
/// </summary>
internal static class Errors
{
    // Permanent API: a script may branch on an id's category.
    private static readonly Dictionary<string, ErrorCategory> Categories = new(StringComparer.Ordinal)
    {
        [ErrorIds.ContainerNotFound] = ErrorCategory.ObjectNotFound,
        [ErrorIds.ImageNotFound] = ErrorCategory.ObjectNotFound,
        [ErrorIds.PathNotFound] = ErrorCategory.ObjectNotFound,
        [ErrorIds.ContainerIdAmbiguous] = ErrorCategory.InvalidArgument,
        [ErrorIds.ImageIdAmbiguous] = ErrorCategory.InvalidArgument,
        [ErrorIds.ContainerNameConflict] = ErrorCategory.ResourceExists,
        [ErrorIds.ImageTagConflict] = ErrorCategory.ResourceExists,
        [ErrorIds.ContainerNotRunning] = ErrorCategory.InvalidOperation,
        [ErrorIds.ContainerPaused] = ErrorCategory.InvalidOperation,
        [ErrorIds.InvalidStateTransition] = ErrorCategory.InvalidOperation,
        [ErrorIds.ImageInUse] = ErrorCategory.ResourceBusy,
        [ErrorIds.ObjectLocked] = ErrorCategory.ResourceBusy,
        [ErrorIds.CommandNotFound] = ErrorCategory.InvalidArgument,
        [ErrorIds.CommandNotExecutable] = ErrorCategory.PermissionDenied,
        [ErrorIds.EngineFailure] = ErrorCategory.InvalidOperation,
        [ErrorIds.ContainerOomKilled] = ErrorCategory.LimitsExceeded,
        [ErrorIds.ContainerExitNonZero] = ErrorCategory.InvalidResult,
        [ErrorIds.CgroupControllerUnavailable] = ErrorCategory.NotEnabled,
        [ErrorIds.CgroupNotDelegated] = ErrorCategory.NotEnabled,
        [ErrorIds.CgroupLimitRejected] = ErrorCategory.InvalidArgument,
        [ErrorIds.LayerDigestMismatch] = ErrorCategory.InvalidData,
        [ErrorIds.StoreCorrupt] = ErrorCategory.InvalidData,
        [ErrorIds.NamespaceDenied] = ErrorCategory.PermissionDenied,
        [ErrorIds.SubIdMissing] = ErrorCategory.PermissionDenied,
        [ErrorIds.StopTimeout] = ErrorCategory.OperationTimeout,
        [ErrorIds.WaitTimeout] = ErrorCategory.OperationTimeout,
        [ErrorIds.HealthTimeout] = ErrorCategory.OperationTimeout,
    };

    /// <summary>Whether a failure is the engine's to explain; what PowerShell throws to steer a pipeline is not.</summary>
    public static bool IsOurs(Exception e) => e is not (RuntimeException or FlowControlException);

    /// <param name="failure">What was thrown.</param>
    /// <param name="target">The thing the cmdlet worked on; null for what the failure itself names.</param>
    /// <param name="line">What the user typed, for the line that would work with sudo.</param>
    public static ErrorRecord Record(Exception failure, object? target, string? line)
    {
        var (id, category) = Classify(failure);
        var engine = failure as EngineException;
        var record = new ErrorRecord(failure, id, category, target ?? engine?.Target);
        var remedy = Remedy(engine, id, line);
        if (remedy is null) return record;
        // The remedy is shown by PowerShell as the recommendation; the message alone would say it twice.
        var message = engine?.Remedy is { Length: > 0 } said && failure.Message.EndsWith(said, StringComparison.Ordinal)
            ? failure.Message[..^said.Length].TrimEnd() : failure.Message;
        record.ErrorDetails = new ErrorDetails(message) { RecommendedAction = remedy };
        return record;
    }

    private static (string Id, ErrorCategory Category) Classify(Exception failure) => failure switch
    {
        EngineException e => (e.ErrorId, Categories.TryGetValue(e.ErrorId, out var category) ? category : Category(e.Kind)),
        OperationCanceledException => (ErrorIds.EngineFailure, ErrorCategory.OperationStopped),
        UnauthorizedAccessException => (ErrorIds.NamespaceDenied, ErrorCategory.PermissionDenied),
        LinuxException { ErrnoName: "EPERM" or "EACCES" } => (ErrorIds.NamespaceDenied, ErrorCategory.PermissionDenied),
        FileNotFoundException or DirectoryNotFoundException => (ErrorIds.PathNotFound, ErrorCategory.ObjectNotFound),
        ArgumentException or FormatException => (ErrorIds.ArgumentInvalid, ErrorCategory.InvalidArgument),
        TimeoutException => (ErrorIds.WaitTimeout, ErrorCategory.OperationTimeout),
        _ => (ErrorIds.EngineFailure, ErrorCategory.InvalidOperation),
    };

    private static ErrorCategory Category(EngineErrorKind kind) => kind switch
    {
        EngineErrorKind.NotFound => ErrorCategory.ObjectNotFound,
        EngineErrorKind.AlreadyExists => ErrorCategory.ResourceExists,
        EngineErrorKind.Busy => ErrorCategory.ResourceBusy,
        EngineErrorKind.InvalidArgument => ErrorCategory.InvalidArgument,
        EngineErrorKind.PermissionDenied => ErrorCategory.PermissionDenied,
        EngineErrorKind.LimitExceeded => ErrorCategory.LimitsExceeded,
        EngineErrorKind.InvalidResult => ErrorCategory.InvalidResult,
        EngineErrorKind.NotEnabled => ErrorCategory.NotEnabled,
        EngineErrorKind.InvalidData => ErrorCategory.InvalidData,
        EngineErrorKind.Timeout => ErrorCategory.OperationTimeout,
        EngineErrorKind.Authentication => ErrorCategory.AuthenticationError,
        _ => ErrorCategory.InvalidOperation,
    };

    // A pwsh that was installed as a global tool is outside sudo's path: the line names it by its own path.
    private static string? Remedy(EngineException? engine, string id, string? line) =>
        id == ErrorIds.NamespaceDenied && !Environment.IsPrivilegedProcess
            ? $"Run it as root: sudo \"$(command -v pwsh)\" -c '{(line ?? "").Trim().Replace("'", "'\\''", StringComparison.Ordinal)}'"
            : engine?.Remedy;
}
