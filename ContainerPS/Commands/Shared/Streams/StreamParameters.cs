namespace ContainerPS.Commands;

/// <summary>Checks the parameters that say where output goes, which two cmdlets share.</summary>
internal static class StreamParameters
{
    /// <exception cref="EngineException"><see cref="ErrorIds.ArgumentInvalid"/>.</exception>
    public static StreamOptions Options(bool asBytes, bool asResult, bool mergeStderr, string? outFile)
    {
        string[] chosen = new[] { (asBytes, "-AsBytes"), (asResult, "-AsResult"), (outFile is not null, "-OutFile") }
            .Where(c => c.Item1)
            .Select(c => c.Item2)
            .ToArray();
        if (chosen.Length > 1)
        {
            throw new EngineException(
                ErrorIds.ArgumentInvalid,
                EngineErrorKind.InvalidArgument,
                $"{chosen[0]} and {chosen[1]} each say where standard output goes.",
                chosen[1],
                "Use one of them."
            );
        }

        return new StreamOptions
        {
            AsBytes = asBytes,
            AsResult = asResult,
            MergeStderr = mergeStderr,
            OutFile = outFile is null ? null : new FileStream(outFile, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0),
        };
    }
}
