using System.Diagnostics;
using ContainerPS.Native.Linux;

namespace ContainerPS.Native.Tests.Linux;

public sealed class ProcessTests
{
    [Fact]
    public void A_process_is_known_by_its_start_time()
    {
        ProcessIdentity self = ProcessIdentity.Current;

        Assert.True(self.IsAlive);
        Assert.False((self with { StartTicks = self.StartTicks + 1 }).IsAlive);
        Assert.False((self with { BootId = "another boot" }).IsAlive);
        Assert.Null((self with { StartTicks = self.StartTicks + 1 }).Open());
        Assert.Null(ProcessIdentity.Of(int.MaxValue));
    }

    [Fact]
    public void Names_with_parentheses_do_not_shift_the_fields()
    {
        byte[] line = "42 (a) R (b) S 7 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 0 0"u8.ToArray();

        Assert.True(ProcessStat.TryParse(line, out ProcessStat stat));

        Assert.Equal(new ProcessStat('S', 7, 4194560, 987654), stat);
        Assert.False(ProcessStat.TryParse("42 (sh"u8, out _));
    }

    [Fact]
    public void A_signal_by_descriptor_ends_it_and_the_wait_sees_it()
    {
        using var child = Process.Start("/bin/sleep", "100");
        using Pidfd pidfd = ProcessIdentity.Of(child.Id)!.Open()!;
        Assert.False(pidfd.HasExited);
        Assert.False(pidfd.WaitForExit(TimeSpan.Zero));

        Assert.True(pidfd.SendSignal(Signal.Term));

        Assert.True(pidfd.WaitForExit(Eventually.Bound));
        child.WaitForExit();
        Assert.Equal(143, child.ExitCode);
        Assert.False(pidfd.SendSignal(Signal.Term));
        Assert.Null(Pidfd.TryOpen(child.Id));
    }

    [SkippableFact]
    public void The_exit_code_of_a_process_that_another_reaped_is_known()
    {
        Skip.IfNot(HostFacts.KernelIsAtLeast(6, 15), $"PIDFD_INFO_EXIT needs Linux 6.15, this is {HostFacts.KernelRelease}");
        using Process child = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "read x; exit 7"]) { RedirectStandardInput = true })!;
        using var pidfd = Pidfd.Open(child.Id);
        Assert.Null(pidfd.ReadExitStatus());
        using var killed = Process.Start("/bin/sleep", "100");
        using var other = Pidfd.Open(killed.Id);
        other.SendSignal(Signal.Kill);
        child.StandardInput.WriteLine();

        child.WaitForExit();
        killed.WaitForExit();

        Assert.Equal((7, null), (pidfd.ReadExitStatus()!.Value.ExitCode, pidfd.ReadExitStatus()!.Value.Signal));
        Assert.Equal((137, Signal.Kill), (other.ReadExitStatus()!.Value.ExitCode, other.ReadExitStatus()!.Value.Signal));
    }

    [Theory]
    [InlineData("TERM", Signal.Term)]
    [InlineData("SIGTERM", Signal.Term)]
    [InlineData("sigkill", Signal.Kill)]
    [InlineData("15", Signal.Term)]
    [InlineData("RTMIN+3", (Signal)37)]
    [InlineData("SIGRTMAX-1", (Signal)63)]
    [InlineData("CLD", Signal.Chld)]
    public void Signals_are_parsed_as_docker_does(string text, Signal signal)
    {
        Assert.Equal(signal, SignalNames.Parse(text));
        Assert.Equal(signal, SignalNames.Parse(SignalNames.Format(signal)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("65")]
    [InlineData("TERMINATE")]
    [InlineData("RTMIN+40")]
    [InlineData("-9")]
    [InlineData("Kill, Term")]
    public void What_is_no_signal_is_refused(string text) => Assert.False(SignalNames.TryParse(text, out _));

    [Fact]
    public void Signal_numbers_are_those_of_a_stranger()
    {
        foreach (Signal signal in Enum.GetValues<Signal>().Where(signal => signal < Signal.RtMin && signal != Signal.StkFlt))
        {
            Mono.Unix.Native.Signum stranger = Enum.Parse<Mono.Unix.Native.Signum>(SignalNames.Format(signal));
            Assert.Equal((int)signal, Mono.Unix.Native.NativeConvert.FromSignum(stranger));
        }
    }

    [Theory]
    [InlineData("6.1.0-28-cloud-amd64", 6, 1, 0)]
    [InlineData("5.14.0-503.el9.x86_64", 5, 14, 0)]
    [InlineData("6.18.44-fc-v509", 6, 18, 44)]
    [InlineData("7.0-rc1+", 7, 0, 0)]
    public void Kernel_releases_are_read(string release, int major, int minor, int patch) =>
        Assert.Equal(new Version(major, minor, patch), HostFacts.ParseRelease(release));
}
