using ContainerPS.Native.Cgroups;

namespace ContainerPS.Engine.Containers.Limits;

/// <summary>Failures of control groups as the engine's errors.</summary>
internal static class CgroupFailures
{
    /// <summary>Runs work on a cgroup, with its failures as the engine's.</summary>
    public static T Translate<T>(string container, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (CgroupException failure)
        {
            throw ToEngine(failure, container);
        }
    }

    /// <inheritdoc cref="Translate{T}"/>
    public static void Translate(string container, Action work) =>
        Translate(
            container,
            () =>
            {
                work();
                return true;
            }
        );

    public static ContainerCgroupException ToEngine(CgroupException failure, string container) =>
        new(Id(failure.Kind), Kind(failure.Kind), failure.Problem, container, failure.Hint, failure)
        {
            Controller = failure.Controller,
            Path = failure.Path,
            File = failure.File,
            Value = failure.Value,
            Errno = failure.Errno,
            Hint = failure.Hint,
        };

    private static string Id(CgroupErrorKind kind) =>
        kind switch
        {
            CgroupErrorKind.ControllerUnavailable => ErrorIds.CgroupControllerUnavailable,
            CgroupErrorKind.NotDelegated => ErrorIds.CgroupNotDelegated,
            CgroupErrorKind.InvalidValue or CgroupErrorKind.Rejected => ErrorIds.CgroupLimitRejected,
            _ => ErrorIds.EngineFailure,
        };

    private static EngineErrorKind Kind(CgroupErrorKind kind) =>
        kind switch
        {
            CgroupErrorKind.ControllerUnavailable or CgroupErrorKind.NotDelegated => EngineErrorKind.NotEnabled,
            CgroupErrorKind.InvalidValue or CgroupErrorKind.Rejected => EngineErrorKind.InvalidArgument,
            CgroupErrorKind.Busy => EngineErrorKind.Busy,
            CgroupErrorKind.TimedOut => EngineErrorKind.Timeout,
            _ => EngineErrorKind.Failure,
        };
}
