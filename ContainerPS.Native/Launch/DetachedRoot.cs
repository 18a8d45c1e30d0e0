using ContainerPS.Native.Launch.Planner;
using ContainerPS.Native.Linux;
using ContainerPS.Native.Mounts;
using ContainerPS.Native.Namespaces;

namespace ContainerPS.Native.Launch;

/// <summary>The overlay of a container's root, made before its process and mounted nowhere.</summary>
public static class DetachedRoot
{
    /// <summary>A user namespace must own the mounts of its containers.</summary>
    public static bool IsFor(Oci.Spec spec) => OverlayOptions.CanAppendLower && !NamespaceSet.Of(spec).MakesNew(NamespaceType.User);

    /// <summary>Null where the kernel is too old for it (6.5).</summary>
    /// <param name="overlay">The directories.</param>
    /// <param name="mountLabel">SELinux label of everything in it, of the container it is for; null for none.</param>
    /// <exception cref="LinuxException">The kernel refused these directories.</exception>
    public static FileDescriptor? TryMake(RootFsSource.Overlay overlay, string? mountLabel = null)
    {
        ArgumentNullException.ThrowIfNull(overlay);
        return OverlayOptions.CanAppendLower ? DetachedOverlay.Create(RootFsSteps.OptionsOf(overlay, overlay.LowerDirs, mountLabel)) : null;
    }
}
