using System.Buffers.Binary;
using ContainerPS.Native.Oci;

namespace ContainerPS.Native.Launch.Planner;

/// <summary>Scheduler, input/output priority, personality: each only where the spec has it.</summary>
internal static class SchedulingSteps
{
    private static readonly string[] _policies =
    [
        "SCHED_OTHER",
        "SCHED_FIFO",
        "SCHED_RR",
        "SCHED_BATCH",
        "SCHED_ISO",
        "SCHED_IDLE",
        "SCHED_DEADLINE",
    ];

    private static readonly (string Name, ulong Bit)[] _flags =
    [
        ("SCHED_FLAG_RESET_ON_FORK", 1),
        ("SCHED_FLAG_RECLAIM", 2),
        ("SCHED_FLAG_DL_OVERRUN", 4),
        ("SCHED_FLAG_KEEP_POLICY", 8),
        ("SCHED_FLAG_KEEP_PARAMS", 16),
        ("SCHED_FLAG_UTIL_CLAMP_MIN", 32),
        ("SCHED_FLAG_UTIL_CLAMP_MAX", 64),
    ];

    private static readonly string[] _ioClasses = ["", "IOPRIO_CLASS_RT", "IOPRIO_CLASS_BE", "IOPRIO_CLASS_IDLE"];

    public static void Write(PlanBuilder plan, Process process)
    {
        if (process.Scheduler is { } scheduler)
        {
            plan.Child.Call(
                $"setting the scheduler {scheduler.Policy}",
                SystemCall.sched_setattr,
                [0, plan.Bytes(Attributes(scheduler), $"sched_attr {scheduler.Policy}"), 0]
            );
        }

        if (process.IoPriority is { } priority)
        {
            int number = Index(_ioClasses, priority.Class, "input/output class");
            // ioprio.h: the class lies above 13 bits of data.
            plan.Child.Call("setting the input/output priority", SystemCall.ioprio_set, [1, 0, number << 13 | priority.Priority]);
        }
    }

    public static void WritePersonality(PlanBuilder plan, LinuxPersonality? personality)
    {
        if (personality is not null)
        {
            int number = personality.Domain switch
            {
                "LINUX" => 0,
                "LINUX32" => 8,
                _ => throw new LaunchException(LaunchFailure.Setup, $"The spec names the unknown personality '{personality.Domain}'."),
            };
            plan.Child.Call($"setting the personality {personality.Domain}", SystemCall.personality, [number]);
        }
    }

    /// <summary>struct sched_attr, version 0, 48 bytes.</summary>
    private static byte[] Attributes(Scheduler scheduler)
    {
        byte[] bytes = new byte[48];
        ulong flags = (scheduler.Flags ?? []).Aggregate(
            0UL,
            (bits, name) => bits | _flags[Index([.. _flags.Select(flag => flag.Name)], name, "scheduler flag")].Bit
        );
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, 48);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), Index(_policies, scheduler.Policy, "scheduler policy"));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8), flags);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(16), scheduler.Nice ?? 0);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(20), scheduler.Priority ?? 0);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(24), scheduler.Runtime ?? 0);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(32), scheduler.Deadline ?? 0);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(40), scheduler.Period ?? 0);
        return bytes;
    }

    private static int Index(string[] names, string name, string kind)
    {
        int index = name.Length == 0 ? -1 : Array.IndexOf(names, name);
        return index >= 0 ? index : throw new LaunchException(LaunchFailure.Setup, $"The spec names the unknown {kind} '{name}'.");
    }
}
