using System.Diagnostics;
using ContainerPS.Native.Cgroups;
using ContainerPS.Native.Cgroups.Bpf;
using ContainerPS.Native.Interop;
using ContainerPS.Native.Linux;
using ContainerPS.Native.Oci;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Tests.Cgroups;

/// <summary>The v2 device program, loaded by this kernel's verifier and attached to a real v2 group.</summary>
[Collection("cgroups")]
public sealed class DeviceProgramTests
{
    [SkippableFact]
    public void A_device_that_is_not_on_the_list_cannot_be_opened()
    {
        using var sandbox = CgroupSandbox.OpenUnified();
        Cgroup group = sandbox.Create();
        group.Apply(new() { Devices = DeviceRule.ForContainer() });

        Assert.Equal((0, "opened"), Probe.Run(group, "open", "/dev/null"));
        Assert.Equal((0, "opened"), Probe.Run(group, "open", "/dev/urandom"));
        Assert.Equal((0, "refused 1"), Probe.Run(group, "open", "/dev/kmsg"));
        Assert.Equal((0, "made"), Probe.Run(group, "mknod", Path.Combine(Path.GetTempPath(), $"containerps-test-{Guid.NewGuid():N}")));
    }

    [SkippableFact]
    public void A_new_list_replaces_the_old_one()
    {
        using var sandbox = CgroupSandbox.OpenUnified();
        Cgroup group = sandbox.Create();
        group.Apply(new() { Devices = DeviceRule.ForContainer() });
        group.Apply(
            new()
            {
                Devices = DeviceRule.ForContainer([
                    new()
                    {
                        Allow = true,
                        Type = "c",
                        Major = 1,
                        Minor = 11,
                        Access = "r",
                    },
                ]),
            }
        );

        Assert.Equal((0, "opened"), Probe.Run(group, "open", "/dev/kmsg"));
        using FileDescriptor directory = Files.OpenDirectory(group.UnifiedDirectory!);
        Assert.Single(DeviceProgram.Attached(directory));
    }

    [SkippableFact]
    public void The_last_word_on_an_access_counts()
    {
        using var sandbox = CgroupSandbox.OpenUnified();
        Cgroup group = sandbox.Create();
        LinuxDeviceCgroup Rule(bool allow, string access) =>
            new()
            {
                Allow = allow,
                Type = "c",
                Major = 1,
                Minor = 3,
                Access = access,
            };

        group.Apply(new() { Devices = [new() { Allow = false }, Rule(true, "rw"), Rule(false, "r")] });
        Assert.Equal((0, "refused 1"), Probe.Run(group, "open", "/dev/null"));

        group.Apply(new() { Devices = [Rule(false, "rwm"), Rule(true, "w"), Rule(true, "r")] });
        Assert.Equal((0, "opened"), Probe.Run(group, "open", "/dev/null"));

        group.Apply(new() { Devices = [Rule(false, "w")] });
        Assert.Equal((0, "opened"), Probe.Run(group, "open", "/dev/null"));
    }

    [SkippableFact]
    public void Programs_of_every_shape_pass_the_verifier()
    {
        Skip.IfNot(HostFacts.IsRoot, "loading a program takes root");
        string?[] types = ["a", "b", "c", null];
        foreach (string access in (string[])["r", "w", "m", "rw", "rwm"])
        {
            LinuxDeviceCgroup[] rules =
            [
                .. types.SelectMany(type =>
                    (LinuxDeviceCgroup[])
                        [
                            new()
                            {
                                Allow = true,
                                Type = type,
                                Access = access,
                            },
                            new()
                            {
                                Allow = false,
                                Type = type,
                                Major = 8,
                                Access = access,
                            },
                            new()
                            {
                                Allow = true,
                                Type = type,
                                Major = 4_000_000_000,
                                Minor = 3,
                                Access = access,
                            },
                            new()
                            {
                                Allow = false,
                                Type = type,
                                Minor = 7,
                                Access = access,
                            },
                        ]
                ),
            ];

            using FileDescriptor program = DeviceProgram.Load(DeviceProgram.Assemble([.. rules.Select(DeviceRule.From)]));
            Assert.False(program.IsInvalid);
        }
    }

    /// <summary>The verifier gives up when a signal is pending: a child that has ended sends one, and so may anybody.</summary>
    [SkippableFact]
    public void Signals_to_this_thread_do_not_keep_a_program_from_being_loaded()
    {
        Skip.IfNot(HostFacts.IsRoot, "loading a program takes root");
        byte[] program = DeviceProgram.Assemble([.. DeviceRule.ForContainer().Select(DeviceRule.From)]);
        nint thread = syscall(SYS.gettid, 0, 0, 0, 0, 0, 0);
        bool done = false;
        var signals = new Thread(() =>
        {
            while (!Volatile.Read(ref done))
            {
                syscall(SYS.tgkill, Environment.ProcessId, thread, SIGCHLD, 0, 0, 0);
            }
        });
        signals.Start();
        try
        {
            for (int i = 0; i < 300; i++)
            {
                DeviceProgram.Load(program).Dispose();
            }
        }
        finally
        {
            Volatile.Write(ref done, true);
            signals.Join();
        }
    }

    [SkippableFact]
    public void A_program_that_the_verifier_refuses_is_told_with_its_words()
    {
        Skip.IfNot(HostFacts.IsRoot, "loading a program takes root");
        Assembler code = new();
        code.Move(1, 0);

        LinuxException failure = Assert.Throws<LinuxException>(() => DeviceProgram.Load(code.ToArray()));

        Assert.Contains("last insn", failure.Message, StringComparison.Ordinal);
    }
}
