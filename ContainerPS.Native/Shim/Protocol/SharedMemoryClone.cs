using System.Runtime.CompilerServices;
using ContainerPS.Native.Launch;

namespace ContainerPS.Native.Shim.Protocol;

/// <summary>
/// A child in the shim's own memory (CLONE_VM|CLONE_VFORK) instead of a copy. A copy costs three times: the page tables at the clone, a
/// fault for each page that the child writes, and at its exec the whole of it is taken apart again, all of that before the container's
/// program runs.
/// </summary>
/// <remarks>
/// <code>
///   parent                                          child
///   ──────                                          ─────
///   remembers its view of what they share
///   clone3 ── asleep in the kernel ───────────────▶ on a stack below the parent's: entry, child track …
///       │                                           execve (a memory of its own) or death
///   goes on ◀─────────────────────────────────────── which of the two it was, the channel and /proc tell as ever
///   puts its view back
/// </code>
/// Nobody else ever runs in this memory: the shim has one thread, no signal handler, and is woken by the kernel when the child has left, or
/// is killed and runs no more (then the child dies by its own mark, <see cref="ChildSide"/>). What is no memory (descriptors, directories,
/// signals, credentials, names) each side has for itself as after a fork.
/// </remarks>
internal static unsafe class SharedMemoryClone
{
    /// <summary>
    /// Room for the frames between here and the system call. They lie above the child's stack, for the parent returns through them.
    /// </summary>
    private const ulong Gap = 2048;

    /// <summary>
    /// Only its end means anything to the kernel: the stack grows by itself, as far as the limit of this process lets it.
    /// </summary>
    private const ulong StackSize = 64 * 1024;

    /// <summary>The pid, or -errno. `entry` runs in the child and never returns.</summary>
    // The child begins where a copy of this process would: it has the same room below the same depth, most of these pages are there
    // already, and the monitor gives them back with its own (Memory.GiveBackStack). A mapping of its own would cost the making, a fault for
    // each page and the unmapping.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static long Run(clone_args* arguments, delegate* <void> entry)
    {
        byte here;
        ulong* top = (ulong*)((((ulong)&here) - Gap) & ~15ul);

        // The stub of the system call ends with a return: in the child that takes this word. It leaves the stack 8 off 16, as the ABI has
        // it behind a call.
        top[0] = (ulong)entry;
        top[1] = 0;
        arguments->flags |= CLONE_VM | CLONE_VFORK;
        arguments->stack = (ulong)top - StackSize;
        arguments->stack_size = StackSize;
        return Sys.Call(SystemCall.clone3, (long)arguments, sizeof(clone_args));
    }
}
