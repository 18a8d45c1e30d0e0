using System.Runtime.CompilerServices;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Launch.Planner;

/// <summary>mount_setattr(2), Linux 5.12.</summary>
internal static class MountAttributes
{
    private static readonly (string Name, ulong Bit)[] _names =
    [
        ("RDONLY", MOUNT_ATTR_RDONLY),
        ("NOSUID", MOUNT_ATTR_NOSUID),
        ("NODEV", MOUNT_ATTR_NODEV),
        ("NOEXEC", MOUNT_ATTR_NOEXEC),
        ("NOATIME", MOUNT_ATTR_NOATIME),
        ("STRICTATIME", MOUNT_ATTR_STRICTATIME),
        ("NODIRATIME", MOUNT_ATTR_NODIRATIME),
        ("IDMAP", MOUNT_ATTR_IDMAP),
        ("NOSYMFOLLOW", MOUNT_ATTR_NOSYMFOLLOW),
    ];

    public static PlanValue Value(PlanBuilder plan, ulong attributes) =>
        PlanValue.Constant(plan, unchecked((long)attributes), $"{Text(attributes)}");

    /// <summary>Changes the mount whose root is open; propagation is MS_PRIVATE and so on, or 0.</summary>
    public static void Apply(
        ContainerPlan container,
        PlanTrack track,
        [InterpolatedStringHandlerArgument(nameof(container))] PlanSentence doing,
        PlanValue mount,
        ulong set,
        ulong clear,
        bool recursive,
        uint propagation = 0,
        long userNamespace = 0
    )
    {
        PlanValue attributes = container.Plan.Words(
            $"{{set {Text(set)}, clear {Text(clear)}, propagation 0x{propagation:x}"
                + $"{(userNamespace == 0 ? "" : $", userns {userNamespace}")}}}",
            set,
            clear,
            (ulong)propagation,
            userNamespace
        );
        var flags = PlanValue.Constant(
            AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0),
            recursive ? "AT_EMPTY_PATH|AT_RECURSIVE" : "AT_EMPTY_PATH"
        );
        track.Call(doing, SystemCall.mount_setattr, [mount, container.Plan.Utf8(""), flags, attributes, MOUNT_ATTR_SIZE_VER0]);
    }

    private static string Text(ulong attributes) =>
        attributes == 0 ? "0" : string.Join('|', _names.Where(row => (attributes & row.Bit) == row.Bit).Select(row => row.Name));
}
