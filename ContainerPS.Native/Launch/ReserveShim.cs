using System.Text;
using ContainerPS.Native.Linux;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Launch;

/// <summary>A shim that was spawned without a plan and waits for one. Disposing closes its socket, and it ends.</summary>
internal sealed unsafe class ReserveShim(FileDescriptor status, int firstPid) : IDisposable
{
    private static readonly string RoomForLabel = new('-', ReserveOrder.LabelSize - 1);

    /// <summary>0 for one that has detached itself.</summary>
    internal int FirstPid => firstPid;

    public static ReserveShim Spawn(PlanMode mode)
    {
        (FileDescriptor? mine, FileDescriptor? given) = Files.CreateSocketPair(SOCK_SEQPACKET);
        using FileDescriptor theirs = StartStreams.Raise(given);
        try
        {
            string kind = mode == PlanMode.Service ? "monitor" : "exec";
            int pid = ShimSpawn.Spawn(
                ShimExecutable.ExecutablePath,
                ["containerps-shim", "reserve", $"{theirs.Number}", kind, RoomForLabel],
                [theirs.Number]
            );
            if (mode == PlanMode.Service)
            {
                // The first process of a detached shim has nothing to do but to fork.
                ShimProcess.TryReap(pid, wait: true);
                pid = 0;
            }

            return new ReserveShim(mine, pid);
        }
        catch
        {
            mine.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Null, and this one is of no use any more, when nobody is there to take the plan (it was killed): it has not begun anything then.
    /// </summary>
    public ShimProcess? TryGive(Plan plan, FileDescriptor block, string label)
    {
        if (TrySend(plan, block, label))
        {
            return new ShimProcess(plan, status, firstPid);
        }

        Dispose();
        return null;
    }

    public void Dispose()
    {
        status.Dispose();
        if (firstPid != 0)
        {
            ShimProcess.TryReap(firstPid, wait: true);
        }
    }

    private bool TrySend(Plan plan, FileDescriptor block, string label)
    {
        ReserveOrder order = default;
        order.Count = (uint)plan.Inherited.Count;
        Span<byte> text = Encoding.UTF8.GetBytes(label).AsSpan();
        text[..Math.Min(text.Length, ReserveOrder.LabelSize - 1)].CopyTo(new Span<byte>(order.Label, ReserveOrder.LabelSize));
        Span<int> descriptors = stackalloc int[plan.Inherited.Count + 1];
        descriptors[0] = block.Number;
        int index = 0;
        foreach (int descriptor in plan.Inherited)
        {
            order.Numbers[index++] = descriptor;
            descriptors[index] = descriptor;
        }

        return Files.TrySend(status, new ReadOnlySpan<byte>(&order, sizeof(ReserveOrder)), descriptors);
    }
}
