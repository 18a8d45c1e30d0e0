namespace ContainerPS.Engine.Layers;

/// <summary>
/// Attributes by which overlayfs keeps its own notes. In an image they are an attack: a redirect or metacopy note makes the overlay show
/// any file of another layer under another name (kernel overlayfs.rst, "Permission model"). They neither come in nor go out.
/// </summary>
internal static class OverlayAttributes
{
    public static bool MayBeSet(ReadOnlySpan<byte> name) =>
        !name.StartsWith("trusted.overlay."u8)
        && !name.StartsWith("user.overlay."u8)
        // Labels of another host's SELinux policy mean nothing here; the mount's context decides.
        && !name.SequenceEqual("security.selinux"u8)
        && !name.Contains((byte)0);
}
