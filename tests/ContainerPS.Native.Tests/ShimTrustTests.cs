using System.Diagnostics;
using System.Runtime.InteropServices;
using ContainerPS.Native.Launch;

namespace ContainerPS.Native.Tests;

/// <summary>The shim trusts nobody: a block that was damaged is refused before its first operation, whatever is damaged in it.</summary>
public sealed class ShimTrustTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void A_sound_plan_passes_the_check()
    {
        Assert.Equal(0, Check(Sample().Block));
    }

    [Theory]
    [InlineData(0, 1, PlanRefusal.Magic)] // magic
    [InlineData(8, 2, PlanRefusal.Magic)] // version
    [InlineData(12, 4096, PlanRefusal.Length)] // length
    [InlineData(16, 9, PlanRefusal.Mode)] // mode
    public void A_wrong_header_is_refused_by_its_rule(int offset, int value, object refusal)
    {
        byte[] block = Sample().Block;
        BitConverter.TryWriteBytes(block.AsSpan(offset), offset == 16 ? (short)value : value);
        Assert.Equal((int)(long)(PlanRefusal)refusal, Check(block));
    }

    [Fact]
    public void A_relocation_cannot_change_an_operation()
    {
        byte[] block = Sample().Block;
        PlanHeader header = MemoryMarshal.Read<PlanHeader>(block);
        BitConverter.TryWriteBytes(block.AsSpan((int)header.RelocationOffset), header.Parent.Offset);
        Assert.Equal((int)PlanRefusal.Relocation, Check(block));
    }

    [Fact]
    public void An_argument_cannot_point_outside_the_data()
    {
        byte[] block = Sample().Block;
        PlanHeader header = MemoryMarshal.Read<PlanHeader>(block);

        // The second operation's second argument, the path.
        BitConverter.TryWriteBytes(block.AsSpan((int)header.Parent.Offset + 24), (long)header.Length);
        Assert.Equal((int)PlanRefusal.Argument, Check(block));
    }

    [Fact]
    public void An_argument_list_without_an_end_is_refused()
    {
        PlanBuilder plan = new(PlanMode.Exec);
        plan.Child.Exec("executing", ["/bin/true"], plan.Words("argv", plan.Utf8("true")), plan.Strings([]));
        Plan built = plan.Build();
        byte[] block = built.Block;
        PlanHeader header = MemoryMarshal.Read<PlanHeader>(block);
        block.AsSpan((int)header.DataOffset).Replace((byte)0, (byte)1);
        block[^1] = 0;
        Assert.NotEqual(0, Check(block));
    }

    /// <summary>Only the check: what random operations would do to this host is nobody's business.</summary>
    [Fact]
    public void Whatever_is_damaged_the_check_ends_with_an_answer()
    {
        byte[] sound = Sample().Block;
        var random = new Random(20261);
        for (int i = 0; i < 300; i++)
        {
            byte[] block = (byte[])sound.Clone();
            for (int change = random.Next(1, 5); change > 0; change--)
            {
                Damage(block, random);
            }

            if (random.Next(10) == 0)
            {
                block = block[..random.Next(block.Length)];
            }

            Assert.InRange(Check(block), 0, 13);
        }
    }

    [Fact]
    public void A_refused_plan_is_told_to_the_starter_and_clones_nothing()
    {
        PlanBuilder plan = new(PlanMode.Service);
        plan.Parent.Clone("making a process", PlanTrackName.Child, 0);

        // A Service without a monitor section.
        using var shim = ShimProcess.Start(plan.Build(), "test");
        LaunchException refused = Assert.Throws<LaunchException>(() => shim.ReceiveStart());
        Assert.Contains(nameof(PlanRefusal.Monitor), refused.Message, StringComparison.Ordinal);
        Assert.Null(shim.Receive());
    }

    private static void Damage(byte[] block, Random random)
    {
        int at = random.Next(block.Length);
        switch (random.Next(3))
        {
            case 0:
                block[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                random.NextBytes(block.AsSpan(at, Math.Min(8, block.Length - at)));
                break;
            default:
                block.AsSpan(at, Math.Min(64, block.Length - at)).Fill(0xFF);
                break;
        }
    }

    private static Plan Sample()
    {
        PlanBuilder plan = new(PlanMode.Exec);
        PlanValue fd = plan.Parent.Open("opening", PlanValue.CurrentDirectory, plan.Utf8("/"), 0x10000);
        using (plan.Parent.Unless(fd, PlanComparison.Less, 0))
        {
            plan.Parent.Close(fd);
        }

        plan.Parent.WriteFile("writing", PlanValue.CurrentDirectory, "/dev/null", "text\u0001", first: 1);
        plan.Parent.Clone("cloning", PlanTrackName.Child, 0);
        plan.Parent.SpawnHook("running a hook", "/bin/true", ["true"], ["A=b"], "{}", 1, 10);
        plan.Parent.AwaitExec("executing");
        plan.Child.Resolve("resolving", fd, plan.Utf8("etc/x"), PlanMake.Directory);
        plan.Child.Exec("executing", ["/bin/true", "/usr/bin/true"], plan.Strings(["true"]), plan.Strings(["PATH=/"]));
        return plan.Build();
    }

    /// <summary>containerps-shim --check FD: its exit code is the refusal; 128 and more would be a signal.</summary>
    private int Check(byte[] block)
    {
        File.WriteAllBytes(_file, block);
        using var shell = Process.Start("/bin/sh", ["-c", $"exec '{ShimExecutable.Locate()}' --check 3 3< '{_file}'"]);
        shell.WaitForExit();
        return shell.ExitCode;
    }
}
