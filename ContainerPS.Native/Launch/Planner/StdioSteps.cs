using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Launch.Planner;

/// <summary>
/// Standard streams. With a monitor they are FIFOs of the run directory, so that the container survives the monitor: stdout and stderr are
/// held O_RDWR by the container itself (no SIGPIPE, no end of file for an adopting monitor; it waits when they are full), stdin O_RDONLY
/// (its reader must see its end).
/// </summary>
internal static class StdioSteps
{
    public const string StdinName = "stdin",
        StdoutName = "stdout",
        StderrName = "stderr";

    /// <summary>In the child.</summary>
    public static void Write(ContainerPlan container)
    {
        if (container.Request.Monitor is { } monitor)
        {
            WriteStdin(container, monitor);
            FromFifo(container, monitor, StdoutName, 1);
            FromFifo(container, monitor, StderrName, 2);
        }
        else
        {
            WriteHandedOver(container.Plan, container.HandedOver);
        }
    }

    /// <summary>Descriptors of the starter become 0, 1 and 2; what is not given stays as the shim has it.</summary>
    public static void WriteHandedOver(PlanBuilder plan, HandedOverSlots handedOver)
    {
        PlanValue?[] descriptors = [handedOver.Stdin, handedOver.Stdout, handedOver.Stderr];
        for (int number = 0; number < descriptors.Length; number++)
        {
            if (descriptors[number] is { } descriptor)
            {
                plan.Child.Call($"setting descriptor {number}", SystemCall.dup3, [descriptor, number, 0]);
            }
        }
    }

    /// <summary>
    /// `--preserve-fds N`: 3 and the N - 1 after it reach the container's program; everything else of the starter is closed.
    /// </summary>
    public static void Preserve(PlanBuilder plan, int count)
    {
        const int standard = 3;
        for (int descriptor = standard; descriptor < standard + count; descriptor++)
        {
            plan.Child.Call(
                $"preserving descriptor {descriptor}",
                SystemCall.fcntl,
                [plan.Inherit(descriptor, $"preserved {descriptor}"), PlanValue.Constant(F_SETFD, "F_SETFD"), 0]
            );
        }
    }

    /// <summary>A pipe of the starter, or the FIFO, or nothing.</summary>
    private static void WriteStdin(ContainerPlan container, MonitorSettings monitor)
    {
        if (container.HandedOver.Stdin is { } pipe)
        {
            container.Child.Call("setting descriptor 0", SystemCall.dup3, [pipe, 0, 0]);
        }
        else
        {
            string path = container.Request.Stdio.OpenStdin ? $"{monitor.RunDirectory}/{StdinName}" : "/dev/null";
            PlanValue source = container.Child.Open("opening stdin", PlanValue.CurrentDirectory, container.Plan.Utf8(path), O_RDONLY);
            container.Child.Call("setting descriptor 0", SystemCall.dup3, [source, 0, 0]);
            container.Child.Close(source);
        }
    }

    private static void FromFifo(ContainerPlan container, MonitorSettings monitor, string name, int number)
    {
        PlanValue fifo = container.Child.Open(
            $"opening the FIFO of {name}",
            PlanValue.CurrentDirectory,
            container.Plan.Utf8($"{monitor.RunDirectory}/{name}"),
            O_RDWR
        );
        container.Child.Call($"setting descriptor {number}", SystemCall.dup3, [fifo, number, 0]);
        container.Child.Close(fifo);
    }
}
