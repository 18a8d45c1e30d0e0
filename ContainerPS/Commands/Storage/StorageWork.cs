using ContainerPS.Engine;
using ContainerPS.Engine.Common;

namespace ContainerPS.Commands;

/// <summary>The look at the store that both of its cmdlets begin with.</summary>
internal static class StorageWork
{
    public static IReadOnlyList<StorageProblem> Look(EngineCmdlet cmdlet, bool isDeep)
    {
        ContainerStorage storage = EngineCmdlet.Engine.Storage;
        return ProgressRelay.Run(
            cmdlet,
            progress => storage.Test(new StorageTestOptions { Deep = isDeep, Progress = progress }, cmdlet.Cancellation)
        );
    }
}
