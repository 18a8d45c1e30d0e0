using ContainerPS.Engine.Common;
using ContainerPS.Engine.Layers.Tar;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Layers;

/// <summary>What can be wrong with a layer, as errors with their ids.</summary>
internal static class LayerProblem
{
    private const string Untrusted = "Nothing of the layer was kept. Take the image from another place, or ask its maker.";

    public static ContainerStorageException Escape(ReadOnlySpan<byte> path, string why) =>
        new(
            ErrorIds.LayerPathEscape,
            $"The layer's entry '{TarReader.Show(path)}' would be made outside of the layer: {why}.",
            TarReader.Show(path),
            Untrusted
        );

    public static ContainerStorageException Corrupt(string what, Exception? inner = null) =>
        new(ErrorIds.LayerCorrupt, $"The layer cannot be unpacked: {what}.", null, Untrusted, inner);

    public static ContainerStorageException DigestMismatch(string what, string expected, string actual) =>
        new(ErrorIds.LayerDigestMismatch, $"{what} has the digest {actual} instead of {expected}.", expected, Untrusted);

    /// <summary>For a failed call whose reason is the host or the store, not the layer.</summary>
    public static EngineException Failed(string action, ReadOnlySpan<byte> path, int result)
    {
        int errno = -result;
        string problem = $"{action} '{TarReader.Show(path)}' failed: {KernelError.Describe(errno)}.";
        return errno switch
        {
            Posix.EPERM or Posix.EACCES => new ContainerPrivilegeException(
                ErrorIds.NamespaceDenied,
                problem,
                TarReader.Show(path),
                "Unpacking layers needs root: run this program by sudo."
            ),
            Posix.ENAMETOOLONG or Posix.EILSEQ or Posix.EINVAL => Corrupt(
                $"{action} '{TarReader.Show(path)}': {KernelError.Describe(errno)}"
            ),
            Posix.ENOSPC or Posix.EDQUOT => new EngineException(
                ErrorIds.StoreFull,
                EngineErrorKind.LimitExceeded,
                problem,
                TarReader.Show(path),
                StoreFailure.MakeRoom
            ),
            _ => new EngineException(ErrorIds.EngineFailure, EngineErrorKind.Failure, problem, TarReader.Show(path)),
        };
    }

    public static int Check(int result, string action, ReadOnlySpan<byte> path) =>
        result >= 0 ? result : throw Failed(action, path, result);
}
