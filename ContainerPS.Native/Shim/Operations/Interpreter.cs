using ContainerPS.Native.Launch;
using ContainerPS.Native.Shim.Protocol;

namespace ContainerPS.Native.Shim.Operations;

/// <summary>
/// Runs a track: an operation after the other, until one fails. Everything was decided by the planner; nothing is decided here.
/// </summary>
internal static unsafe class Interpreter
{
    /// <summary>The operation that runs, or failed.</summary>
    public static int Index;

    /// <summary>What a failed operation can say beyond an errno.</summary>
    public static long Detail;

    /// <summary>0, -errno or an <see cref="Outcome"/>; Index then points at the operation that answered it.</summary>
    public static long Run(PlanTrackName name)
    {
        PlanTrackRange* track = PlanBlock.Track(name);
        PlanOperation* operations = PlanBlock.Operations(track);
        Detail = 0;

        // Index is a field and not a local: SkipIf moves it, and whoever reports a failure reads it.
        for (Index = 0; Index < track->Count; Index++)
        {
            long result = Step(&operations[Index]);
            if (result < 0)
            {
                return result;
            }
        }

        Index--;
        return 0;
    }

    /// <summary>For the tracks of a monitor: every operation is tried, whatever became of those before it.</summary>
    public static void RunThrough(PlanTrackName name)
    {
        PlanTrackRange* track = PlanBlock.Track(name);
        PlanOperation* operations = PlanBlock.Operations(track);
        for (Index = 0; Index < track->Count; Index++)
        {
            Step(&operations[Index]);
        }
    }

    /// <summary>The argument as its kind says; the block was checked when it was loaded.</summary>
    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    public static long Value(PlanOperation* operation, int argument)
    {
        long value = (&operation->A)[argument];
        return (PlanArgumentKind)((operation->Kinds >> (2 * argument)) & 3) switch
        {
            PlanArgumentKind.Data => (long)(PlanBlock.Base + value),
            PlanArgumentKind.Slot => PlanBlock.Slots[value],
            PlanArgumentKind.SlotAddress => (long)(PlanBlock.Slots + value),
            _ => value,
        };
    }

    private static long Step(PlanOperation* operation)
    {
        long result = Perform(operation);

        // Stored even when it is an accepted failure: SkipIf and Expect ask for the -errno afterwards.
        if (operation->Result != PlanFormat.NoSlot)
        {
            PlanBlock.Slots[operation->Result] = result;
        }

        return result < 0 && IsAccepted(operation, result) ? 0 : result;
    }

    /// <summary>An expected refusal, such as ENOENT of a masked path that this kernel does not have.</summary>
    private static bool IsAccepted(PlanOperation* operation, long result) =>
        operation->Accepted == PlanFormat.AnyErrno
        || (operation->Accepted != 0 && result == -operation->Accepted)
        || (operation->AlsoAccepted != 0 && result == -operation->AlsoAccepted);

    private static long Perform(PlanOperation* operation) =>
        operation->Code switch
        {
            PlanOperationCode.Syscall => SystemCallOf(operation),
            PlanOperationCode.SyscallWhileBusy => WhileBusy(operation),
            PlanOperationCode.Expect => Checks.Expect(operation),
            PlanOperationCode.ExpectFileType => Checks.FileType(Value(operation, 0), Value(operation, 1), Value(operation, 2)),
            PlanOperationCode.ExpectFileSystem => Checks.FileSystem(Value(operation, 0), Value(operation, 1)),
            PlanOperationCode.SkipIf => Skip(operation),
            PlanOperationCode.Resolve => RootedPath.Resolve(
                (int)Value(operation, 0),
                (byte*)Value(operation, 1),
                (PlanMake)Value(operation, 2),
                Value(operation, 3),
                Value(operation, 4)
            ),
            PlanOperationCode.WriteFile => Writing.File(operation),
            PlanOperationCode.WriteDescriptor => Writing.Descriptor(operation),
            PlanOperationCode.Add => Sum(operation),
            _ => PerformWithProcesses(operation),
        };

    private static long PerformWithProcesses(PlanOperation* operation) =>
        operation->Code switch
        {
            PlanOperationCode.ReceiveDescriptor => DescriptorMessage.ReceiveOne(Value(operation, 0)),
            PlanOperationCode.Signal => Channel.Signal(operation->Number),
            PlanOperationCode.Wait => Barrier(operation->Number),
            PlanOperationCode.Clone => operation->Number == (uint)PlanTrackName.Child
                ? ContainerProcess.Clone(operation, (ulong)Value(operation, 0), Value(operation, 1))
                : HelperProcess.Clone(operation, (ulong)Value(operation, 0)),
            PlanOperationCode.EndHelper => HelperProcess.End(),
            PlanOperationCode.SpawnHook => Hook.Run(operation),
            PlanOperationCode.CopyTree => TreeCopy.Copy((int)Value(operation, 0), (int)Value(operation, 1)),
            PlanOperationCode.VerifyWorkingDirectory => Checks.WorkingDirectory(),
            PlanOperationCode.Exec => Execution.Exec((byte**)Value(operation, 0), (byte**)Value(operation, 1), (byte**)Value(operation, 2)),
            PlanOperationCode.AwaitExec => Reports.Started(),
            PlanOperationCode.ReportCreated => Reports.Created(),
            PlanOperationCode.KillCgroup => CgroupTree.End((int)Value(operation, 0), Sys.MonotonicMilliseconds() + Value(operation, 1)),
            _ => -EPROTO,
        };

    /// <summary>
    /// Results of -1 to -4095 are errors by the kernel's convention. No call of a plan returns such a number otherwise: getpriority is
    /// biased and mmap's addresses lie elsewhere.
    /// </summary>
    private static long SystemCallOf(PlanOperation* operation) =>
        Sys.Call(
            (SystemCall)operation->Number,
            Value(operation, 0),
            Value(operation, 1),
            Value(operation, 2),
            Value(operation, 3),
            Value(operation, 4),
            Value(operation, 5)
        );

    private static long WhileBusy(PlanOperation* operation)
    {
        long result = SystemCallOf(operation);

        // v1 counts a dead process of a cgroup until it is reaped everywhere; rmdir is refused for that moment.
        for (uint i = 0; result is -EBUSY or -EAGAIN && i < operation->Aux; i++)
        {
            Sys.Sleep(1);
            result = SystemCallOf(operation);
        }

        return result;
    }

    private static long Skip(PlanOperation* operation)
    {
        if (Checks.Compare((PlanComparison)operation->Number, Value(operation, 0), Value(operation, 1)))
        {
            Index += (int)operation->C;
        }

        return 0;
    }

    private static long Sum(PlanOperation* operation)
    {
        // The result may be negative without being a failure: it is stored here.
        if (operation->Result != PlanFormat.NoSlot)
        {
            PlanBlock.Slots[operation->Result] = Value(operation, 0) + Value(operation, 1);
        }

        return operation->Result == PlanFormat.NoSlot ? 0 : PlanBlock.Slots[operation->Result];
    }

    private static long Barrier(uint number)
    {
        // This is where the parent would be idle: what the monitor still has to do for itself costs nothing here.
        Detachment.Complete();
        long result = Channel.Wait(number);
        if (result == -ECANCELED)
        {
            return Outcome.ChildFailed;
        }

        return result == -EPIPE ? Outcome.ChildGone : result;
    }
}
