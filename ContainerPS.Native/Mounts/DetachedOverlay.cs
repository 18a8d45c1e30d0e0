using System.Text;
using ContainerPS.Native.Interop;
using ContainerPS.Native.Linux;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Mounts;

/// <summary>
/// An overlay that is mounted nowhere: fsopen, fsconfig, fsmount (Linux 5.2; lower directories one by one 6.5). It is in no mount table and
/// lives as long as a descriptor of it, or until somebody who holds one attaches it (move_mount).
/// </summary>
public static unsafe class DetachedOverlay
{
    /// <exception cref="LinuxException">The kernel refused; nothing is left of it.</exception>
    public static FileDescriptor Create(OverlayOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        fixed (byte* type = "overlay"u8)
        {
            using FileDescriptor context = new(
                (int)LinuxException.Check((long)syscall(SYS.fsopen, (nint)type, FSOPEN_CLOEXEC, 0, 0, 0, 0), $"fsopen(\"overlay\")")
            );
            foreach ((string key, string? value) in options.ToParameters())
            {
                Set(context, key, value);
            }

            LinuxException.Check(
                (long)syscall(SYS.fsconfig, context, (byte*)FSCONFIG_CMD_CREATE, 0, 0, 0, 0),
                $"fsconfig({context}, FSCONFIG_CMD_CREATE)"
            );
            return new(
                (int)LinuxException.Check((long)syscall(SYS.fsmount, context, (byte*)FSMOUNT_CLOEXEC, 0, 0, 0, 0), $"fsmount({context})")
            );
        }
    }

    private static void Set(FileDescriptor context, string key, string? value)
    {
        int command = value is null ? FSCONFIG_SET_FLAG : FSCONFIG_SET_STRING;
        fixed (byte* name = Encoding.UTF8.GetBytes(key + "\0"))
        fixed (byte* text = value is null ? null : Encoding.UTF8.GetBytes(value + "\0"))
        {
            LinuxException.Check(
                (long)syscall(SYS.fsconfig, context, (byte*)command, (nint)name, (nint)text, 0, 0),
                $"fsconfig({context}, \"{key}\", \"{value}\")"
            );
        }
    }
}
