using System.Runtime.CompilerServices;
using ContainerPS.Native.Mounts;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Launch.Planner;

/// <summary>
/// A new file system in three steps, fsopen, fsconfig, fsmount (Linux 5.2): it is whole before any path of the container is touched, and
/// attached through descriptors only.
/// </summary>
internal static class FileSystemMount
{
    /// <summary>What mount(2) has flags for but belongs to the super block; fsconfig takes it by name.</summary>
    private static readonly (uint Flag, string Name)[] _superBlock =
    [
        (MS_SYNCHRONOUS, "sync"),
        (MS_DIRSYNC, "dirsync"),
        (MS_LAZYTIME, "lazytime"),
        (MS_MANDLOCK, "mand"),
        (MS_I_VERSION, "iversion"),
    ];

    /// <summary>What the file system itself is told.</summary>
    public static IEnumerable<(string Key, string? Value)> Parameters(MountOptions options)
    {
        foreach ((uint flag, string? name) in _superBlock)
        {
            if ((options.Flags & flag) != 0)
            {
                yield return (name, null);
            }
        }

        foreach (string option in options.Data.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            int at = option.IndexOf('=', StringComparison.Ordinal);
            yield return at < 0 ? (option, null) : (option[..at], option[(at + 1)..]);
        }
    }

    /// <summary>The last one named, 0 for none.</summary>
    public static uint Propagation(MountOptions options) => options.Propagation.Count == 0 ? 0 : options.Propagation[^1];

    public static PlanValue Open(
        ContainerPlan container,
        PlanTrack track,
        string type,
        [InterpolatedStringHandlerArgument(nameof(container))] PlanSentence what
    ) =>
        track.CallInto(
            $"opening a file system of type {type} for {what}",
            SystemCall.fsopen,
            [container.Plan.Utf8(type), PlanValue.Constant(FSOPEN_CLOEXEC, "FSOPEN_CLOEXEC")]
        );

    /// <summary>
    /// The SELinux label of everything in a file system whose files have none of their own; one that the spec's options name comes before
    /// it.
    /// proc, sysfs and cgroup are labelled by the policy, an mqueue by <see cref="LabelRoot"/>.
    /// </summary>
    public static void Label(ContainerPlan container, PlanTrack track, PlanValue context, string type, MountOptions? options = null)
    {
        bool isNamed = options?.Data.Split(',').Any(option => option.Split('=')[0].EndsWith("context", StringComparison.Ordinal)) == true;
        if (container.MountLabel is { } label && type is "tmpfs" or "devpts" or "ramfs" && !isNamed)
        {
            Parameter(container, track, context, "context", label, $"labelling {type} {label}");
        }
    }

    /// <summary>The label of a mount's root directory, for a file system that takes no context= (mqueue).</summary>
    public static void LabelRoot(ContainerPlan container, PlanTrack track, PlanValue mount, string type)
    {
        if (container.MountLabel is { } label && type == "mqueue")
        {
            track.Call(
                $"labelling {type} {label}",
                SystemCall.fsetxattr,
                [
                    mount,
                    container.Plan.Utf8("security.selinux"),
                    container.Plan.Utf8(label),
                    System.Text.Encoding.UTF8.GetByteCount(label),
                    0,
                ]
            );
        }
    }

    public static void Parameter(
        ContainerPlan container,
        PlanTrack track,
        PlanValue context,
        string key,
        string? value,
        [InterpolatedStringHandlerArgument(nameof(container))] PlanSentence doing
    )
    {
        PlanBuilder plan = container.Plan;
        if (value is null)
        {
            track.Call(
                doing,
                SystemCall.fsconfig,
                [context, PlanValue.Constant(FSCONFIG_SET_FLAG, "FSCONFIG_SET_FLAG"), plan.Utf8(key), 0, 0]
            );
        }
        else
        {
            track.Call(
                doing,
                SystemCall.fsconfig,
                [context, PlanValue.Constant(FSCONFIG_SET_STRING, "FSCONFIG_SET_STRING"), plan.Utf8(key), plan.Utf8(value), 0]
            );
        }
    }

    /// <summary>Makes the super block and the detached mount; the context's slot is free again. The result is the mount's root.</summary>
    public static PlanValue Finish(
        ContainerPlan container,
        PlanTrack track,
        PlanValue context,
        ulong attributes,
        [InterpolatedStringHandlerArgument(nameof(container))] PlanSentence what
    )
    {
        track.Call(
            $"making {what}",
            SystemCall.fsconfig,
            [context, PlanValue.Constant(FSCONFIG_CMD_CREATE, "FSCONFIG_CMD_CREATE"), 0, 0, 0]
        );
        PlanValue mount = track.CallInto(
            $"mounting {what}",
            SystemCall.fsmount,
            [context, PlanValue.Constant(FSMOUNT_CLOEXEC, "FSMOUNT_CLOEXEC"), MountAttributes.Value(container.Plan, attributes)]
        );
        track.Close(context);
        return mount;
    }

    /// <summary>A detached mount to a place beneath an open directory.</summary>
    public static void AttachAt(
        ContainerPlan container,
        PlanTrack track,
        PlanValue mount,
        PlanValue directory,
        string name,
        [InterpolatedStringHandlerArgument(nameof(container))] PlanSentence doing,
        int accept = 0
    ) =>
        track.Call(
            doing,
            SystemCall.move_mount,
            [
                mount,
                container.Plan.Utf8(""),
                directory,
                container.Plan.Utf8(name),
                PlanValue.Constant(MOVE_MOUNT_F_EMPTY_PATH, "MOVE_MOUNT_F_EMPTY_PATH"),
            ],
            accept
        );

    /// <summary>A detached mount onto an open file or directory.</summary>
    public static PlanValue AttachOn(
        ContainerPlan container,
        PlanTrack track,
        PlanValue mount,
        PlanValue target,
        [InterpolatedStringHandlerArgument(nameof(container))] PlanSentence doing,
        int accept = 0
    )
    {
        var flags = PlanValue.Constant(
            MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH,
            "MOVE_MOUNT_F_EMPTY_PATH|MOVE_MOUNT_T_EMPTY_PATH"
        );
        PlanValue empty = container.Plan.Utf8("");
        if (accept == 0)
        {
            track.Call(doing, SystemCall.move_mount, [mount, empty, target, empty, flags]);
            return PlanValue.None;
        }

        return track.CallInto(doing, SystemCall.move_mount, [mount, empty, target, empty, flags], accept);
    }

    /// <summary>A detached copy of a mount (a bind), of an open file or of a path beneath a directory.</summary>
    public static PlanValue Clone(
        ContainerPlan container,
        PlanTrack track,
        PlanValue directory,
        string path,
        bool recursive,
        [InterpolatedStringHandlerArgument(nameof(container))] PlanSentence doing,
        int accept = 0
    )
    {
        long flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (recursive ? AT_RECURSIVE : 0) | (path.Length == 0 ? AT_EMPTY_PATH : 0);
        string text = "OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC" + (recursive ? "|AT_RECURSIVE" : "") + (path.Length == 0 ? "|AT_EMPTY_PATH" : "");
        return track.CallInto(doing, SystemCall.open_tree, [directory, container.Plan.Utf8(path), PlanValue.Constant(flags, text)], accept);
    }
}
