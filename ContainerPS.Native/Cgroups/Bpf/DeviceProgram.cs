using System.Runtime.InteropServices;
using System.Text;
using ContainerPS.Native.Interop;
using ContainerPS.Native.Linux;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Cgroups.Bpf;

/// <summary>
/// The device list as a program. The kernel calls it for each open and mknod with type, access, major and minor; 0 means refused.
/// </summary>
internal static class DeviceProgram
{
    // Registers of the program: what is asked for is taken apart once at the start.
    private const int Type = 2;
    private const int Access = 3;
    private const int Major = 4;
    private const int Minor = 5;
    private const int Scratch = 1;

    /// <summary>
    /// Rules stand in order and the last word on an access counts, as on v1: so they are tried from the last one back. A denial that
    /// touches any access still open refuses; a grant closes the ones it names. What nobody spoke of is allowed: v1 starts from the
    /// parent's list, which allows.
    /// </summary>
    public static byte[] Assemble(IReadOnlyList<DeviceRule> rules)
    {
        Assembler code = new();
        code.Load(Type, BPF_REG_1, 0);
        code.MoveRegister(Access, Type);
        code.And(Type, 0xffff);
        code.ShiftRight(Access, 16);
        code.Load(Major, BPF_REG_1, 4);
        code.Load(Minor, BPF_REG_1, 8);
        foreach (DeviceRule rule in rules.Reverse())
        {
            AddRule(code, rule);

            // The verifier refuses instructions that cannot be reached: nothing follows a rule that speaks of everything.
            if (rule.IsForAll)
            {
                return code.ToArray();
            }
        }

        code.Return(1);
        return code.ToArray();
    }

    /// <summary>Attaches a program; one of ours that is attached already is replaced in one step, so that no moment is without.</summary>
    public static void Attach(FileDescriptor group, byte[] program)
    {
        using FileDescriptor loaded = Load(program);
        IReadOnlyList<uint> attached = Attached(group);
        if (attached.Count == 1)
        {
            using FileDescriptor old = Open(attached[0]);
            Attach(group, loaded, old);
            return;
        }

        Attach(group, loaded, null);
    }

    /// <summary>Ids of the programs attached to the group itself.</summary>
    public static unsafe IReadOnlyList<uint> Attached(FileDescriptor group)
    {
        uint* ids = stackalloc uint[64];
        bpf_attr_prog_query query = new()
        {
            target_fd = (uint)group.Number,
            attach_type = BPF_CGROUP_DEVICE,
            prog_ids = (ulong)ids,
            prog_cnt = 64,
        };
        LinuxException.Check(
            (long)Bpf(BPF_PROG_QUERY, &query, sizeof(bpf_attr_prog_query)),
            $"bpf(BPF_PROG_QUERY, {group}, BPF_CGROUP_DEVICE)"
        );
        GC.KeepAlive(group);
        return new ReadOnlySpan<uint>(ids, (int)query.prog_cnt).ToArray();
    }

    /// <summary>Loads a program; the verifier's words are part of the error.</summary>
    public static unsafe FileDescriptor Load(byte[] program)
    {
        byte[] log = new byte[4096];
        fixed (
            byte* instructions = program,
                license = "GPL\0"u8,
                text = log
        )
        {
            bpf_attr_prog_load attribute = new()
            {
                prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
                insn_cnt = (uint)(program.Length / sizeof(bpf_insn)),
                insns = (ulong)instructions,
                license = (ulong)license,
            };
            nint number = LoadUndisturbed(&attribute);
            if (number < 0 && Marshal.GetLastPInvokeError() is EINVAL or EACCES)
            {
                (attribute.log_level, attribute.log_size, attribute.log_buf) = (1, (uint)log.Length, (ulong)text);
                number = LoadUndisturbed(&attribute);
            }

            string verdict = number < 0 ? Encoding.UTF8.GetString(log).TrimEnd('\0', '\n') : "";
            return new FileDescriptor(
                (int)LinuxException.Check((long)number, $"bpf(BPF_PROG_LOAD, BPF_PROG_TYPE_CGROUP_DEVICE, {verdict})")
            );
        }
    }

    private static void AddRule(Assembler code, DeviceRule rule)
    {
        List<int> skips = [];
        if (rule.Type != 'a')
        {
            skips.Add(code.JumpIfNot(Type, rule.Type == 'b' ? (uint)BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR));
        }

        if (rule.Major is { } major)
        {
            skips.Add(code.JumpIfNot(Major, major));
        }

        if (rule.Minor is { } minor)
        {
            skips.Add(code.JumpIfNot(Minor, minor));
        }

        AddVerdict(code, rule, skips);
        skips.ForEach(code.Land);
    }

    // Bits of BPF_DEVCG_ACC_ are those of DeviceAccess.
    private static void AddVerdict(Assembler code, DeviceRule rule, List<int> skips)
    {
        if (rule.Access != DeviceAccess.All && rule.Allow)
        {
            code.And(Access, (int)(DeviceAccess.All & ~rule.Access));
            skips.Add(code.JumpIfNot(Access, 0));
        }
        else if (rule.Access != DeviceAccess.All)
        {
            code.MoveRegister(Scratch, Access);
            code.And(Scratch, (int)rule.Access);
            skips.Add(code.JumpIf(Scratch, 0));
        }

        code.Return(rule.Allow ? 1 : 0);
    }

    private static unsafe void Attach(FileDescriptor group, FileDescriptor program, FileDescriptor? replaced)
    {
        bpf_attr_prog_attach attach = new()
        {
            target_fd = (uint)group.Number,
            attach_bpf_fd = (uint)program.Number,
            attach_type = BPF_CGROUP_DEVICE,
            attach_flags = (uint)(BPF_F_ALLOW_MULTI | (replaced is null ? 0 : BPF_F_REPLACE)),
            replace_bpf_fd = (uint)(replaced?.Number ?? 0),
        };
        LinuxException.Check(
            (long)Bpf(BPF_PROG_ATTACH, &attach, sizeof(bpf_attr_prog_attach)),
            $"bpf(BPF_PROG_ATTACH, {group}, BPF_CGROUP_DEVICE)"
        );
        GC.KeepAlive(group);
    }

    private static unsafe FileDescriptor Open(uint id)
    {
        bpf_attr_get_id attribute = new() { prog_id = id };
        return new FileDescriptor(
            (int)
                LinuxException.Check(
                    (long)Bpf(BPF_PROG_GET_FD_BY_ID, &attribute, sizeof(bpf_attr_get_id)),
                    $"bpf(BPF_PROG_GET_FD_BY_ID, {(long)id})"
                )
        );
    }

    /// <summary>
    /// The verifier gives up with EAGAIN when a signal is pending (the end of a child sends one): signals wait until it is done. Those that
    /// a fault raises are let through: blocked, they would end the process.
    /// </summary>
    private static unsafe nint LoadUndisturbed(bpf_attr_prog_load* attribute)
    {
        ulong waiting = ~Bits(SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS);
        ulong before;
        syscall(SYS.rt_sigprocmask, SIG_SETMASK, (nint)(&waiting), (nint)(&before), sizeof(ulong), 0, 0);
        nint number = Bpf(BPF_PROG_LOAD, attribute, sizeof(bpf_attr_prog_load));
        int error = Marshal.GetLastPInvokeError();
        syscall(SYS.rt_sigprocmask, SIG_SETMASK, (nint)(&before), 0, sizeof(ulong), 0, 0);
        Marshal.SetLastPInvokeError(error);
        return number;

        static ulong Bits(params ReadOnlySpan<int> signals)
        {
            ulong bits = 0;
            foreach (int signal in signals)
            {
                bits |= 1UL << (signal - 1);
            }

            return bits;
        }
    }

    private static unsafe nint Bpf(int command, void* attribute, int size) => syscall(SYS.bpf, command, (nint)attribute, size, 0, 0, 0);
}
