using System.Management.Automation;
using ContainerPS.Native.Linux;

namespace ContainerPS.Commands;

/// <summary>
/// The one place where a failure becomes an error record: a stable id, a category that is never NotSpecified, the thing it happened to and
/// the way out.
/// </summary>
internal static class Errors
{
    // Permanent API: a script may branch on an id's category. Each id is here, once; about_ContainerPS_Errors tells them to the user.
    private static readonly Dictionary<string, ErrorCategory> Categories = new(StringComparer.Ordinal)
    {
        [ErrorIds.ContainerNotFound] = ErrorCategory.ObjectNotFound,
        [ErrorIds.ImageNotFound] = ErrorCategory.ObjectNotFound,
        [ErrorIds.NetworkNotFound] = ErrorCategory.ObjectNotFound,
        [ErrorIds.VolumeNotFound] = ErrorCategory.ObjectNotFound,
        [ErrorIds.PathNotFound] = ErrorCategory.ObjectNotFound,
        [ErrorIds.ContainerIdAmbiguous] = ErrorCategory.InvalidArgument,
        [ErrorIds.ImageIdAmbiguous] = ErrorCategory.InvalidArgument,
        [ErrorIds.ImageReferenceInvalid] = ErrorCategory.InvalidArgument,
        [ErrorIds.ArgumentInvalid] = ErrorCategory.InvalidArgument,
        [ErrorIds.ContainerNameConflict] = ErrorCategory.ResourceExists,
        [ErrorIds.ImageTagConflict] = ErrorCategory.ResourceExists,
        [ErrorIds.ContainerNotRunning] = ErrorCategory.InvalidOperation,
        [ErrorIds.ContainerPaused] = ErrorCategory.InvalidOperation,
        [ErrorIds.InvalidStateTransition] = ErrorCategory.InvalidOperation,
        [ErrorIds.ImageNotRunnable] = ErrorCategory.InvalidOperation,
        [ErrorIds.ImageInUse] = ErrorCategory.ResourceBusy,
        [ErrorIds.VolumeInUse] = ErrorCategory.ResourceBusy,
        [ErrorIds.PortAllocated] = ErrorCategory.ResourceBusy,
        [ErrorIds.ObjectLocked] = ErrorCategory.ResourceBusy,
        [ErrorIds.CommandNotFound] = ErrorCategory.InvalidArgument,
        [ErrorIds.CommandNotExecutable] = ErrorCategory.PermissionDenied,
        [ErrorIds.EngineFailure] = ErrorCategory.InvalidOperation,
        [ErrorIds.ContainerOomKilled] = ErrorCategory.LimitsExceeded,
        [ErrorIds.ContainerExitNonZero] = ErrorCategory.InvalidResult,
        [ErrorIds.CgroupControllerUnavailable] = ErrorCategory.NotEnabled,
        [ErrorIds.CgroupNotDelegated] = ErrorCategory.NotEnabled,
        [ErrorIds.CgroupLimitRejected] = ErrorCategory.InvalidArgument,
        [ErrorIds.RegistryUnauthorized] = ErrorCategory.AuthenticationError,
        [ErrorIds.RegistryDenied] = ErrorCategory.PermissionDenied,
        [ErrorIds.RegistryManifestUnknown] = ErrorCategory.ObjectNotFound,
        [ErrorIds.RegistryNameUnknown] = ErrorCategory.ObjectNotFound,
        [ErrorIds.RegistryTooManyRequests] = ErrorCategory.LimitsExceeded,
        [ErrorIds.RegistryDigestInvalid] = ErrorCategory.InvalidData,
        [ErrorIds.ImageInvalid] = ErrorCategory.InvalidData,
        [ErrorIds.LayerDigestMismatch] = ErrorCategory.InvalidData,
        [ErrorIds.LayerPathEscape] = ErrorCategory.InvalidData,
        [ErrorIds.LayerCorrupt] = ErrorCategory.InvalidData,
        [ErrorIds.StoreCorrupt] = ErrorCategory.InvalidData,
        [ErrorIds.StoreFull] = ErrorCategory.LimitsExceeded,
        [ErrorIds.NamespaceDenied] = ErrorCategory.PermissionDenied,
        [ErrorIds.SubIdMissing] = ErrorCategory.PermissionDenied,
        [ErrorIds.StopTimeout] = ErrorCategory.OperationTimeout,
        [ErrorIds.WaitTimeout] = ErrorCategory.OperationTimeout,
        [ErrorIds.HealthTimeout] = ErrorCategory.OperationTimeout,
    };

    /// <summary>The category of an id; null for one that is not in the table.</summary>
    public static ErrorCategory? CategoryOf(string id) => Categories.TryGetValue(id, out ErrorCategory category) ? category : null;

    /// <summary>Whether a failure is the engine's to explain; what PowerShell throws to steer a pipeline is not.</summary>
    public static bool IsOurs(Exception e) => e is not (RuntimeException or FlowControlException);

    /// <param name="failure">What was thrown.</param>
    /// <param name="target">The thing the cmdlet worked on; null for what the failure itself names.</param>
    /// <param name="line">What the user typed, for the line that would work with sudo.</param>
    public static ErrorRecord Record(Exception failure, object? target, string? line)
    {
        (string? id, ErrorCategory category) = Classify(failure);
        var engine = failure as EngineException;
        var record = new ErrorRecord(failure, id, category, target ?? engine?.Target);
        string? remedy = Remedy(engine, id, line);
        if (remedy is null)
        {
            return record;
        }
        // The remedy is shown by PowerShell as the recommendation; the message alone would say it twice.
        string message =
            engine?.Remedy is { Length: > 0 } said && failure.Message.EndsWith(said, StringComparison.Ordinal)
                ? failure.Message[..^said.Length].TrimEnd()
                : failure.Message;
        record.ErrorDetails = new ErrorDetails(message) { RecommendedAction = remedy };
        return record;
    }

    /// <summary>Id and category of what was thrown; what is not the engine's own falls under the ids that say the same.</summary>
    public static (string Id, ErrorCategory Category) Classify(Exception failure) =>
        failure switch
        {
            EngineException e => (e.ErrorId, CategoryOf(e.ErrorId) ?? ErrorCategory.InvalidOperation),
            OperationCanceledException => (ErrorIds.EngineFailure, ErrorCategory.OperationStopped),
            UnauthorizedAccessException => (ErrorIds.NamespaceDenied, ErrorCategory.PermissionDenied),
            LinuxException { ErrnoName: "EPERM" or "EACCES" } => (ErrorIds.NamespaceDenied, ErrorCategory.PermissionDenied),
            FileNotFoundException or DirectoryNotFoundException => (ErrorIds.PathNotFound, ErrorCategory.ObjectNotFound),
            ArgumentException or FormatException => (ErrorIds.ArgumentInvalid, ErrorCategory.InvalidArgument),
            TimeoutException => (ErrorIds.WaitTimeout, ErrorCategory.OperationTimeout),
            _ => (ErrorIds.EngineFailure, ErrorCategory.InvalidOperation),
        };

    private static string? Remedy(EngineException? engine, string id, string? line) =>
        id == ErrorIds.NamespaceDenied && !Environment.IsPrivilegedProcess ? $"Run it as root: {RootLine.For(line)}" : engine?.Remedy;
}
