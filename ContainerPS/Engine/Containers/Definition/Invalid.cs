namespace ContainerPS.Engine.Containers.Definition;

/// <summary>Errors of a definition, all of one kind.</summary>
internal static class Invalid
{
    public static EngineException Argument(string problem, string? target = null, string? remedy = null) =>
        new(ErrorIds.ArgumentInvalid, EngineErrorKind.InvalidArgument, problem, target, remedy);

    public static EngineException Path(string problem, string path, string? remedy = null) =>
        new(ErrorIds.PathNotFound, EngineErrorKind.NotFound, problem, path, remedy);
}
