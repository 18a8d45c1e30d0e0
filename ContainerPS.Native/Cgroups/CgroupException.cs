using ContainerPS.Native.Linux;

namespace ContainerPS.Native.Cgroups;

/// <summary>What a <see cref="CgroupException"/> is about.</summary>
public enum CgroupErrorKind
{
    /// <summary>The controller, or the file of it, does not exist on this host.</summary>
    ControllerUnavailable,

    /// <summary>The controller exists, but this part of the tree was not given to us.</summary>
    NotDelegated,

    /// <summary>The value is wrong by itself; nothing was written.</summary>
    InvalidValue,

    /// <summary>The kernel refused the value; what had been written before it was put back.</summary>
    Rejected,

    /// <summary>The group holds processes, or still does after the time given.</summary>
    Busy,

    /// <summary>A change of state was not seen in time.</summary>
    TimedOut,
}

/// <summary>A control group that cannot be made, limited or removed as asked: with the file, the value and the way out.</summary>
public sealed class CgroupException : Exception
{
    public CgroupException(CgroupErrorKind kind, string problem, string? hint = null, Exception? inner = null)
        : base(hint is null ? problem : $"{problem} {hint}", inner)
    {
        Kind = kind;
        Problem = problem;
        Hint = hint;
    }

    public CgroupErrorKind Kind { get; }

    /// <summary>The first sentence of the message.</summary>
    public string Problem { get; }

    /// <summary>The way out.</summary>
    public string? Hint { get; }

    public string? Controller { get; init; }

    /// <summary>The group, from the root of its hierarchy.</summary>
    public string? Path { get; init; }

    /// <summary>Absolute path of the control file.</summary>
    public string? File { get; init; }

    public string? Value { get; init; }

    /// <summary>Files that had been written before the failure and could not be put back.</summary>
    public IReadOnlyList<string> NotRestored { get; init; } = [];

    /// <summary>The kernel's error; 0 when it was not asked.</summary>
    public int Errno { get; init; }

    internal static CgroupException Invalid(string limit, object value, string rule) =>
        new(CgroupErrorKind.InvalidValue, $"{limit} cannot be {value}.", rule) { Value = value.ToString() };

    internal static CgroupException Unavailable(string controller, string problem, string? hint) =>
        new(CgroupErrorKind.ControllerUnavailable, problem, hint) { Controller = controller };

    internal static CgroupException FromWrite(
        string controller,
        string path,
        string file,
        string value,
        LinuxException failure,
        IReadOnlyList<string>? left = null
    ) =>
        new(
            KindOf(failure.Errno),
            $"The kernel refused '{value}' for {file}: {failure.ErrnoName}, {Linux.Errno.Text(failure.Errno)}.",
            CgroupHints.ForWrite(file, failure.Errno),
            failure
        )
        {
            Controller = controller,
            Path = path,
            File = file,
            Value = value,
            Errno = failure.Errno,
            NotRestored = left ?? [],
        };

    internal static CgroupException FromMake(string controller, string path, string directory, LinuxException failure) =>
        new(
            KindOf(failure.Errno),
            $"The control group {directory} cannot be made: {failure.ErrnoName}, {Linux.Errno.Text(failure.Errno)}.",
            CgroupHints.ForWrite(directory, failure.Errno),
            failure
        )
        {
            Controller = controller,
            Path = path,
            File = directory,
            Errno = failure.Errno,
        };

    internal static CgroupException Taken(string path, string directory) =>
        new(
            CgroupErrorKind.Busy,
            $"The control group {directory} is there already and has processes.",
            "Choose another path, or end them first."
        )
        {
            Path = path,
            File = directory,
            Errno = Interop.Libc.EBUSY,
        };

    private static CgroupErrorKind KindOf(int errno) =>
        errno switch
        {
            Interop.Libc.ENOENT => CgroupErrorKind.ControllerUnavailable,
            Interop.Libc.EACCES or Interop.Libc.EPERM or Interop.Libc.EROFS => CgroupErrorKind.NotDelegated,
            _ => CgroupErrorKind.Rejected,
        };
}
