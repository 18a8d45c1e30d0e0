namespace ContainerPS.Native.Shim.Kernel;

/// <summary>
/// The few instructions that C# cannot write. They lie in constant data, which is executable because the shim is linked with
/// `-z noseparate-code`: no page is ever made writable and executable, no mprotect is needed.
/// </summary>
/// <remarks>
/// Called through managed function pointers, which on x86-64 Linux pass arguments as the C ABI does. A managed call through a pointer may
/// test bit 1 of its target (it marks "fat" pointers of generics): <see cref="AreAligned"/> is asserted at the start.
/// </remarks>
internal static unsafe class MachineCode
{
    // long stub(long number, a, b, c, d, e, f): the seventh argument lies above the return address. Returns -errno as the kernel does.
    public static ReadOnlySpan<byte> SystemCall =>
        new byte[]
        {
            0x48,
            0x89,
            0xF8, // mov rax, rdi      number
            0x48,
            0x89,
            0xF7, // mov rdi, rsi      a
            0x48,
            0x89,
            0xD6, // mov rsi, rdx      b
            0x48,
            0x89,
            0xCA, // mov rdx, rcx      c
            0x4D,
            0x89,
            0xC2, // mov r10, r8       d
            0x4D,
            0x89,
            0xC8, // mov r8, r9        e
            0x4C,
            0x8B,
            0x4C,
            0x24,
            0x08, // mov r9, [rsp+8]   f
            0x0F,
            0x05, // syscall
            0xC3, // ret
            0x90,
            0x90,
            0x90,
            0x90,
            0x90,
            0x90,
        };

    // void stub(long* argumentCount, delegate* target): realigns the stack (the kernel enters 8 off the ABI's rule) and never returns.
    public static ReadOnlySpan<byte> EnterAligned =>
        new byte[]
        {
            0x48,
            0x83,
            0xE4,
            0xF0, // and rsp, -16
            0xFF,
            0xD6, // call rsi
            0xF4, // hlt
            0x90,
        };

    // void stub(): where a signal handler returns to.
    public static ReadOnlySpan<byte> SignalReturn =>
        new byte[]
        {
            0xB8,
            0x0F,
            0x00,
            0x00,
            0x00, // mov eax, 15 (rt_sigreturn)
            0x0F,
            0x05, // syscall
            0xF4, // hlt
        };

    public static bool AreAligned => (((ulong)SystemCall.Pointer | (ulong)EnterAligned.Pointer | (ulong)SignalReturn.Pointer) & 3) == 0;
}
