using System.Runtime.InteropServices;
using ContainerPS.Native.Linux;
using ContainerPS.Native.Oci;
using ContainerPS.Native.Seccomp;

namespace ContainerPS.Native.Tests.Seccomp;

/// <summary>Verdicts of the default profile, asked of the compiled filter. Numbers are x86-64's.</summary>
public sealed class DefaultProfileTests
{
    private const uint Allow = 0x7fff_0000,
        Eperm = 0x5_0001,
        Enosys = 0x5_0026;

    private static readonly Lazy<SeccompFilter> _default = new(() =>
        SeccompCache.Get(DefaultSeccompProfile.For(CapabilitySet.DockerDefault), null)
    );

    public static TheoryData<string, uint, ulong, uint> Verdicts =>
        new()
        {
            { "read", 0, 0, Allow },
            { "execve", 59, 0, Allow },
            { "clone without namespaces", 56, 0x11, Allow },
            { "clone with CLONE_NEWUSER", 56, 0x1000_0000, Eperm },
            { "clone3, whose flags cannot be seen", 435, 0, Enosys },
            { "unshare", 272, 0, Eperm },
            { "mount", 165, 0, Eperm },
            { "ptrace", 101, 0, Allow },
            { "keyctl", 250, 0, Eperm },
            { "io_uring_setup", 425, 0, Eperm },
            { "userfaultfd", 323, 0, Eperm },
            { "bpf", 321, 0, Eperm },
            { "chroot, which CAP_SYS_CHROOT allows", 161, 0, Allow },
            { "reboot", 169, 0, Eperm },
            { "socket AF_INET", 41, 2, Allow },
            { "socket AF_ALG", 41, 38, Eperm },
            { "socket AF_NFC", 41, 39, Allow },
            { "socket AF_VSOCK", 41, 40, Eperm },
            { "socket AF_XDP", 41, 44, Allow },
            { "personality LINUX32", 135, 8, Allow },
            { "personality ADDR_NO_RANDOMIZE", 135, 0x4_0000, Eperm },
            { "a call of tomorrow", 1000, 0, Enosys },
        };

    [SkippableTheory]
    [MemberData(nameof(Verdicts))]
    public void The_default_profile_answers(string call, uint number, ulong argument, uint verdict)
    {
        SkipWithoutLibrary();
        Assert.True(BpfMachine.Ask(_default.Value, BpfMachine.X64, number, argument) == verdict, call);
    }

    [SkippableFact]
    public void The_32_bit_architecture_is_filtered_too()
    {
        SkipWithoutLibrary();
        Assert.Equal(Allow, BpfMachine.Ask(_default.Value, BpfMachine.X86, 3));
        Assert.Equal(Eperm, BpfMachine.Ask(_default.Value, BpfMachine.X86, 21));
        Assert.Equal(Enosys, BpfMachine.Ask(_default.Value, BpfMachine.X86, 1000));
    }

    [SkippableFact]
    public void CAP_SYS_ADMIN_allows_namespaces_and_mounts()
    {
        SkipWithoutLibrary();
        SeccompFilter filter = SeccompCache.Get(
            DefaultSeccompProfile.For(CapabilitySet.DockerDefault | CapabilitySet.Of("CAP_SYS_ADMIN")),
            null
        );
        Assert.Equal(Allow, BpfMachine.Ask(filter, BpfMachine.X64, 165));
        Assert.Equal(Allow, BpfMachine.Ask(filter, BpfMachine.X64, 56, 0x1000_0000));
        Assert.Equal(Allow, BpfMachine.Ask(filter, BpfMachine.X64, 435));
    }

    [SkippableFact]
    public void A_list_of_what_is_forbidden_has_no_stub()
    {
        SkipWithoutLibrary();
        var profile = new LinuxSeccomp
        {
            DefaultAction = "SCMP_ACT_ALLOW",
            Syscalls =
            [
                new LinuxSyscall
                {
                    Names = ["mkdir"],
                    Action = "SCMP_ACT_ERRNO",
                    ErrnoRet = 13,
                },
            ],
        };
        SeccompFilter filter = SeccompCache.Get(profile, null);
        Assert.Equal(0x5_000du, BpfMachine.Ask(filter, BpfMachine.X64, 83));
        Assert.Equal(Allow, BpfMachine.Ask(filter, BpfMachine.X64, 1000));
    }

    [SkippableFact]
    public void A_compiled_filter_is_read_from_its_file_and_a_torn_file_is_compiled_again()
    {
        SkipWithoutLibrary();
        DirectoryInfo directory = Directory.CreateTempSubdirectory("containerps-test-");
        try
        {
            LinuxSeccomp profile = DefaultSeccompProfile.Make(CapabilitySet.Empty, Architecture.X64);
            SeccompFilter filter = SeccompCache.Get(profile, directory.FullName);
            FileInfo file = Assert.Single(directory.GetFiles("*.bpf"));
            Assert.Equal(filter.Program, SeccompCache.Decode(File.ReadAllBytes(file.FullName))!.Program);
            Assert.Null(SeccompCache.Decode(File.ReadAllBytes(file.FullName)[..^8]));
            byte[] changed = File.ReadAllBytes(file.FullName);
            changed[^1] ^= 1;
            Assert.Null(SeccompCache.Decode(changed));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public void Notify_is_refused_with_its_reason() =>
        Assert.Contains(
            "listener",
            Assert.Throws<SeccompException>(() => SeccompNames.Action("SCMP_ACT_NOTIFY", null)).Message,
            StringComparison.Ordinal
        );

    private static void SkipWithoutLibrary() =>
        Skip.IfNot(
            LibSeccomp.FindVersion() != "unknown" && RuntimeInformation.ProcessArchitecture == Architecture.X64,
            "needs libseccomp2 on x86-64"
        );
}
