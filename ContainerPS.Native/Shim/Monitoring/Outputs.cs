using ContainerPS.Native.Launch;
using ContainerPS.Native.Shim.Protocol;

namespace ContainerPS.Native.Shim.Monitoring;

/// <summary>
/// Both outputs and the memory they share: three buffers, taken at the first output and given back when the container is silent.
/// </summary>
internal static unsafe class Outputs
{
    private const int WithoutMemoryMilliseconds = 100;
    private const int MemorySize = ContainerLog.BufferSize + 2 * OutputStream.BufferSize;

    public static OutputStream Stdout;
    public static OutputStream Stderr;
    private static byte* _memory;
    private static bool _isTouched;

    public static void Begin()
    {
        PlanMonitor* monitor = PlanBlock.Monitor;
        Stdout.Begin(JournalStream.Stdout, PlanBlock.Held(monitor->StdoutSlot), PlanBlock.Held(monitor->AttachedStdoutSlot));
        Stderr.Begin(JournalStream.Stderr, PlanBlock.Held(monitor->StderrSlot), PlanBlock.Held(monitor->AttachedStderrSlot));
    }

    public static bool IsHeldUp => Stdout.IsHeldUp || Stderr.IsHeldUp;

    /// <summary>True while buffers hold memory that silence could give back.</summary>
    public static bool IsTouched => _isTouched;

    /// <summary>One round over both; false when there is nothing to move now.</summary>
    public static bool Pump()
    {
        if (!TakeMemory())
        {
            // The container's output waits in the FIFOs; without a pause poll would report it again at once, for ever.
            Sys.Sleep(WithoutMemoryMilliseconds);
            return false;
        }

        bool moved = Stdout.Pump("stdout"u8);
        return Stderr.Pump("stderr"u8) || moved;
    }

    /// <summary>An adopting monitor ends what the dead one was at, before it reads anything.</summary>
    public static void Recover()
    {
        if (!TakeMemory() || !OutputJournal.IsOpen)
        {
            return;
        }

        JournalEntry* entry = OutputJournal.Entry;
        if (OutputJournal.Stands && !OutputJournal.IsConsumed && ContainerLog.Holds(entry))
        {
            if (entry->Stream == JournalStream.Stdout)
            {
                Stdout.ConsumeNoted(entry->Length);
            }
            else
            {
                Stderr.ConsumeNoted(entry->Length);
            }
        }

        OutputJournal.Clear();
    }

    /// <summary>An idle monitor is measured in kilobytes: pages that only old output used go back to the kernel.</summary>
    public static void GiveBack()
    {
        if (_isTouched && !IsHeldUp)
        {
            Sys.Call(SystemCall.madvise, (long)_memory, MemorySize, MADV_DONTNEED);
            OutputJournal.Close();
            _isTouched = false;
        }
    }

    private static bool TakeMemory()
    {
        _isTouched = true;
        OutputJournal.Open();
        if (_memory != null)
        {
            return true;
        }

        long mapped = Sys.Call(SystemCall.mmap, 0, MemorySize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (mapped is < 0 and > -4096)
        {
            return false;
        }

        _memory = (byte*)mapped;
        ContainerLog.UseBuffer(_memory);
        Stdout.UseBuffer(_memory + ContainerLog.BufferSize);
        Stderr.UseBuffer(_memory + ContainerLog.BufferSize + OutputStream.BufferSize);
        return true;
    }
}
