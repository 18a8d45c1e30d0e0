namespace ContainerPS;

/// <summary>What kind of failure it is, for programs that branch coarser than by id. (The cmdlets give each id one category.)</summary>
public enum EngineErrorKind
{
    Failure,
    NotFound,
    AlreadyExists,
    InvalidOperation,
    Busy,
    InvalidArgument,
    PermissionDenied,
    LimitExceeded,
    InvalidResult,
    NotEnabled,
    InvalidData,
    Timeout,
    Authentication,
}

/// <summary>A failure of the engine: what happened to which thing, and the way out. Its id is permanent API.</summary>
/// <param name="errorId">One of <see cref="ErrorIds"/>.</param>
/// <param name="kind">What kind of failure it is.</param>
/// <param name="problem">One or more sentences that say what is wrong.</param>
/// <param name="target">The thing it happened to: name, reference, path.</param>
/// <param name="remedy">A sentence with the way out, where there is one; it ends the message too.</param>
/// <param name="inner">What caused it.</param>
public class EngineException(
    string errorId,
    EngineErrorKind kind,
    string problem,
    string? target = null,
    string? remedy = null,
    Exception? inner = null
) : Exception(remedy is null ? problem : $"{problem} {remedy}", inner)
{
    public string ErrorId { get; } = errorId;

    public EngineErrorKind Kind { get; } = kind;

    public string? Target { get; } = target;

    public string? Remedy { get; } = remedy;

    /// <summary>Failures met while the first one was being undone. The first stays first.</summary>
    public IReadOnlyList<Exception> UndoFailures { get; internal set; } = [];
}
