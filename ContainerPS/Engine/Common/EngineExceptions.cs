namespace ContainerPS;

/// <summary>A container, image, network or volume is not there.</summary>
public sealed class ContainerObjectNotFoundException(
    string errorId,
    string problem,
    string? target = null,
    string? remedy = null,
    Exception? inner = null
) : EngineException(errorId, EngineErrorKind.NotFound, problem, target, remedy, inner)
{
    public static ContainerObjectNotFoundException Container(string name) =>
        new(ErrorIds.ContainerNotFound, $"There is no container '{name}'.", name, "Get-Container lists what there is.");

    public static ContainerObjectNotFoundException Image(string reference) =>
        new(
            ErrorIds.ImageNotFound,
            $"There is no image '{reference}' in the local store.",
            reference,
            "Get-Image lists what there is; New-Image and Import-Image add to it."
        );
}

/// <summary>The name is taken.</summary>
public sealed class ContainerObjectExistsException(
    string errorId,
    string problem,
    string? target = null,
    string? remedy = null,
    Exception? inner = null
) : EngineException(errorId, EngineErrorKind.AlreadyExists, problem, target, remedy, inner);

/// <summary>The container's state does not allow what was asked for.</summary>
public sealed class ContainerStateException(
    string errorId,
    string problem,
    string? current,
    string? required,
    string? target = null,
    string? remedy = null,
    Exception? inner = null
) : EngineException(errorId, EngineErrorKind.InvalidOperation, problem, target, remedy, inner)
{
    public string? Current { get; } = current;

    public string? Required { get; } = required;
}

/// <summary>Somebody else uses the thing; <see cref="Owners"/> says who.</summary>
public sealed class ContainerResourceBusyException(
    string errorId,
    string problem,
    IReadOnlyList<string> owners,
    string? target = null,
    string? remedy = null,
    Exception? inner = null
) : EngineException(errorId, EngineErrorKind.Busy, problem, target, remedy, inner)
{
    public IReadOnlyList<string> Owners { get; } = owners;
}

/// <summary>The container's process could not be started. Exit codes: 125 engine, 126 not executable, 127 not found.</summary>
public sealed class ContainerStartException(
    string errorId,
    EngineErrorKind kind,
    string problem,
    int errno = 0,
    string? syscall = null,
    string? target = null,
    string? remedy = null,
    Exception? inner = null
) : EngineException(errorId, kind, problem, target, remedy, inner)
{
    public int Errno { get; } = errno;

    public string? Syscall { get; } = syscall;

    public int ExitCode =>
        ErrorId switch
        {
            ErrorIds.CommandNotFound => 127,
            ErrorIds.CommandNotExecutable => 126,
            _ => 125,
        };
}

/// <summary>The container ended otherwise than well.</summary>
public sealed class ContainerExitException(
    string errorId,
    EngineErrorKind kind,
    string problem,
    int exitCode,
    string? signal = null,
    string? target = null,
    string? remedy = null,
    Exception? inner = null
) : EngineException(errorId, kind, problem, target, remedy, inner)
{
    public int ExitCode { get; } = exitCode;

    public string? Signal { get; } = signal;
}

/// <summary>A limit or controller cannot be had, or the kernel refused a value.</summary>
public sealed class ContainerCgroupException(
    string errorId,
    EngineErrorKind kind,
    string problem,
    string? target = null,
    string? remedy = null,
    Exception? inner = null
) : EngineException(errorId, kind, problem, target, remedy, inner)
{
    public string? Controller { get; init; }

    public string? Path { get; init; }

    public string? File { get; init; }

    public string? Value { get; init; }

    public int Errno { get; init; }

    public string? Hint { get; init; }
}

/// <summary>Content is not what its digest says, or the store, an image or a layer is damaged or hostile.</summary>
public sealed class ContainerStorageException(
    string errorId,
    string problem,
    string? target = null,
    string? remedy = null,
    Exception? inner = null
) : EngineException(errorId, EngineErrorKind.InvalidData, problem, target, remedy, inner);

/// <summary>The caller lacks the privileges that the work needs.</summary>
public sealed class ContainerPrivilegeException(
    string errorId,
    string problem,
    string? target = null,
    string? remedy = null,
    Exception? inner = null
) : EngineException(errorId, EngineErrorKind.PermissionDenied, problem, target, remedy, inner);

/// <summary>What was waited for did not happen in time.</summary>
public sealed class ContainerTimeoutException(
    string errorId,
    string problem,
    string? target = null,
    string? remedy = null,
    Exception? inner = null
) : EngineException(errorId, EngineErrorKind.Timeout, problem, target, remedy, inner);
