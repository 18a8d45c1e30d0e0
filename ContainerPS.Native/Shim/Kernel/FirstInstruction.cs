using System.Runtime;
using System.Runtime.CompilerServices;

[module: SkipLocalsInit]

namespace ContainerPS.Native.Shim.Kernel;

/// <summary>From the kernel's jump to the first aligned C# frame.</summary>
internal static unsafe class FirstInstruction
{
    /// <summary>
    /// The first instruction. There is no return address here: what this method takes for its seventh argument, the first one on the stack,
    /// is argv[0], and the word before it argc.
    /// </summary>
    [RuntimeExport("_start")]
    public static void Start(long a, long b, long c, long d, long e, long f, long onStack) =>
        ((delegate* <long*, delegate* <long*, void>, void>)MachineCode.EnterAligned.Pointer)(&onStack - 1, &Begin);

    // No stackalloc and no fixed buffer here: a frame that began with one cookie must not end with another.
    private static void Begin(long* argumentCount)
    {
        byte** arguments = (byte**)(argumentCount + 1);
        byte** environment = arguments + *argumentCount + 1;
        StackGuard.Cookie = *(ulong*)RandomBytesOf(environment);
        Sys.ExitGroup(MachineCode.AreAligned ? Program.Run(*argumentCount, arguments) : 70);
    }

    /// <summary>
    /// AT_RANDOM of the auxiliary vector, which follows the environment: 16 random bytes that the kernel leaves for exactly this.
    /// </summary>
    private static void* RandomBytesOf(byte** environment)
    {
        const ulong AT_RANDOM = 25;
        while (*environment != null)
        {
            environment++;
        }

        ulong* entry = (ulong*)(environment + 1);
        while (*entry != AT_RANDOM && *entry != 0)
        {
            entry += 2;
        }

        return *entry == AT_RANDOM ? (void*)entry[1] : entry;
    }

    /// <summary>A function found its canary changed: its stack was written over. 134 is what a shell shows for an abort.</summary>
    [RuntimeExport("RhpFallbackFailFast")]
    private static void FailFast() => Sys.ExitGroup(134);

    [RuntimeExport("RhpReversePInvoke")]
    private static void ReversePInvoke(void* frame) => Sys.ExitGroup(134);

    [RuntimeExport("RhpReversePInvokeReturn")]
    private static void ReversePInvokeReturn(void* frame) => Sys.ExitGroup(134);
}

/// <summary>
/// Read by every function that has a buffer on its stack. The linker is told that `__security_cookie` is this class's only static field
/// (--defsym …=__NONGCSTATICS…_StackGuard), so there must never be a second one here.
/// </summary>
internal static class StackGuard
{
    public static ulong Cookie;
}
