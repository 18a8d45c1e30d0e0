using System.Globalization;
using System.Runtime.InteropServices;
using ContainerPS.Native.Linux;
using ContainerPS.Native.Oci;
using ContainerPS.Native.Seccomp;

namespace ContainerPS.Native.Tests.Seccomp;

/// <summary>The compacted filter and libseccomp's own are run side by side: every verdict must be the same.</summary>
public sealed class CompactionTests
{
    private static readonly CapabilitySet _administrator = CapabilitySet.DockerDefault | CapabilitySet.Of("CAP_SYS_ADMIN");

    public static TheoryData<string> Profiles =>
        new("default", "no capability", "all capabilities", "CAP_SYS_ADMIN", "deny list", "kill and errno lists");

    [SkippableTheory]
    [MemberData(nameof(Profiles))]
    public void Every_number_is_decided_as_libseccomp_decides_it(string name)
    {
        SkipWithoutLibrary();
        (SeccompFilter? whole, SeccompFilter? compact) = Compile(Profile(name));
        Assert.True(compact.InstructionCount < whole.InstructionCount, $"{compact.InstructionCount} of {whole.InstructionCount}");
        FilterComparison.Assert(Profile(name), whole, compact, new Random(3), vectors: 24, everyNumber: true);
    }

    [SkippableFact]
    public void Random_profiles_are_decided_as_libseccomp_decides_them()
    {
        SkipWithoutLibrary();
        int count = int.Parse(Environment.GetEnvironmentVariable("CONTAINERPS_TEST_PROFILES") ?? "100", CultureInfo.InvariantCulture);
        int compacted = 0;
        for (int seed = 0; seed < count; seed++)
        {
            var random = new Random(seed);
            LinuxSeccomp profile = RandomProfile.Make(random);
            (SeccompFilter? whole, SeccompFilter? compact) = Compile(profile);
            compacted += compact.InstructionCount < whole.InstructionCount ? 1 : 0;
            FilterComparison.Assert(profile, whole, compact, random, vectors: 4, everyNumber: seed % 10 == 0, $"seed {seed}");
        }
        // A profile that gives one verdict to everything cannot become shorter.
        Assert.True(compacted > count * 9 / 10, $"{compacted} of {count}");
    }

    [SkippableFact]
    public void The_default_profile_shrinks_to_a_sixth()
    {
        SkipWithoutLibrary();
        (SeccompFilter? whole, SeccompFilter? compact) = Compile(Profile("default"));
        Assert.True(compact.InstructionCount * 6 <= whole.InstructionCount, $"{compact.InstructionCount} of {whole.InstructionCount}");
    }

    /// <summary>Each is an instruction of seccomp, or a use of one, that libseccomp does not make.</summary>
    public static TheoryData<string, ushort, uint> Unfamiliar =>
        new()
        {
            { "BPF_JSET", 0x45, 1 },
            { "BPF_OR", 0x44, 1 },
            { "BPF_TAX", 0x07, 0 },
            { "a load of the accumulator from scratch memory", 0x60, 0 },
            { "a mask that leaves gaps in the number", 0x54, 0xff00ff },
            { "a load beyond struct seccomp_data", 0x20, 64 },
            { "a load across words", 0x20, 6 },
            { "a jump beyond the end", 0x05, 4000 },
            { "a return of the accumulator", 0x16, 0 },
        };

    [Theory]
    [MemberData(nameof(Unfamiliar))]
    public void A_program_with_something_unknown_stays_as_it_is(string what, ushort code, uint value)
    {
        byte[] program = BpfInstruction.Encode([
            new(0x20, 0, 0, 0),
            new(code, 0, 0, value),
            new(0x15, 0, 0, 5),
            new(0x15, 0, 0, 6),
            new(0x06, 0, 0, 0),
        ]);
        Assert.True(ReferenceEquals(program, SeccompCompaction.Compact(program, BpfMachine.X64)), what);
    }

    [Fact]
    public void A_test_before_any_load_stays_as_it_is()
    {
        byte[] program = BpfInstruction.Encode([new(0x15, 0, 0, 5), new(0x15, 0, 0, 6), new(0x06, 0, 0, 0)]);
        Assert.Same(program, SeccompCompaction.Compact(program, BpfMachine.X64));
    }

    [Fact]
    public void A_comparison_of_architectures_by_size_stays_as_it_is()
    {
        byte[] program = BpfInstruction.Encode([new(0x20, 0, 0, 4), new(0x35, 0, 0, 5), new(0x35, 0, 0, 6), new(0x06, 0, 0, 0)]);
        Assert.Same(program, SeccompCompaction.Compact(program, BpfMachine.X64));
    }

    [Fact]
    public void Conditions_too_many_for_the_stack_stay_as_they_are()
    {
        IEnumerable<BpfInstruction> tests = Enumerable
            .Range(1, 50_000)
            .SelectMany(value => (BpfInstruction[])[new(0x15, 0, 1, (uint)value), new(0x06, 0, 0, 0x5_0000u | (uint)(value % 100))]);
        byte[] program = BpfInstruction.Encode([new(0x20, 0, 0, 16), .. tests, new(0x06, 0, 0, 0)]);
        byte[]? compact = null;
        var thread = new Thread(() => compact = SeccompCompaction.Compact(program, BpfMachine.X64), 512 * 1024);
        thread.Start();
        thread.Join();
        Assert.Same(program, compact);
    }

    [Fact]
    public void The_native_architecture_is_asked_for_first()
    {
        byte[] program = BpfInstruction.Encode([
            new(0x20, 0, 0, 4),
            new(0x15, 0, 1, BpfMachine.X86),
            new(0x06, 0, 0, 1),
            new(0x20, 0, 0, 4),
            new(0x15, 0, 1, BpfMachine.X64),
            new(0x06, 0, 0, 2),
            new(0x05, 0, 0, 0),
            new(0x06, 0, 0, 3),
        ]);
        BpfInstruction[] compact = BpfInstruction.Decode(SeccompCompaction.Compact(program, BpfMachine.X64));
        Assert.Equal(new BpfInstruction(0x20, 0, 0, 4), compact[0]);
        Assert.Equal((BpfInstruction.JumpEqual, BpfMachine.X64), (compact[1].Code, compact[1].Value));
    }

    [SkippableFact]
    public void A_filter_that_another_compaction_kept_is_not_used()
    {
        SkipWithoutLibrary();
        DirectoryInfo directory = Directory.CreateTempSubdirectory("containerps-test-");
        try
        {
            (SeccompFilter? whole, SeccompFilter? compact) = Compile(Profile("default"));
            string old = SeccompCache.KeyOf(Profile("default"), SeccompCompaction.Version - 1);
            File.WriteAllBytes($"{directory.FullName}/{old}.bpf", SeccompCache.Encode(whole));
            Assert.Equal(compact.Program, SeccompCache.Get(Profile("default"), directory.FullName).Program);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static (SeccompFilter Whole, SeccompFilter Compact) Compile(LinuxSeccomp profile) =>
        (SeccompCompiler.CompileWhole(profile), SeccompCompiler.Compile(profile));

    private static LinuxSeccomp Profile(string name) =>
        name switch
        {
            "default" => DefaultSeccompProfile.Make(CapabilitySet.DockerDefault, Architecture.X64),
            "no capability" => DefaultSeccompProfile.Make(CapabilitySet.Empty, Architecture.X64),
            "all capabilities" => DefaultSeccompProfile.Make(CapabilitySet.Known, Architecture.X64),
            "CAP_SYS_ADMIN" => DefaultSeccompProfile.Make(_administrator, Architecture.X64),
            "deny list" => new LinuxSeccomp
            {
                DefaultAction = "SCMP_ACT_ALLOW",
                Architectures = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
                Syscalls =
                [
                    new LinuxSyscall
                    {
                        Names = ["mkdir", "mkdirat", "keyctl", "add_key", "bpf"],
                        Action = "SCMP_ACT_ERRNO",
                        ErrnoRet = 13,
                    },
                    new LinuxSyscall
                    {
                        Names = ["ioctl"],
                        Action = "SCMP_ACT_LOG",
                        Args =
                        [
                            new LinuxSeccompArg
                            {
                                Index = 1,
                                Op = "SCMP_CMP_EQ",
                                Value = 0x5412,
                            },
                        ],
                    },
                ],
            },
            "kill and errno lists" => new LinuxSeccomp
            {
                DefaultAction = "SCMP_ACT_KILL_PROCESS",
                Architectures = ["SCMP_ARCH_X86_64"],
                Syscalls =
                [
                    new LinuxSyscall { Names = ["read", "write", "exit_group"], Action = "SCMP_ACT_ALLOW" },
                    new LinuxSyscall
                    {
                        Names = ["open"],
                        Action = "SCMP_ACT_TRACE",
                        ErrnoRet = 7,
                    },
                ],
            },
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, null),
        };

    private static void SkipWithoutLibrary() =>
        Skip.IfNot(
            LibSeccomp.FindVersion() != "unknown" && RuntimeInformation.ProcessArchitecture == Architecture.X64,
            "needs libseccomp2 on x86-64"
        );
}
