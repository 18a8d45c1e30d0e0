using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ContainerPS.Native.Interop;
using ContainerPS.Native.Launch;

namespace ContainerPS.Native.Tests;

/// <summary>The format that two programs compile: sizes that the shim's self-test asserts as well, and the builder's rules.</summary>
public sealed class PlanFormatTests
{
    [Fact]
    public void Structures_have_the_sizes_that_the_shim_was_compiled_with()
    {
        Assert.Equal(PlanFormat.OperationSize, Unsafe.SizeOf<PlanOperation>());
        Assert.Equal(PlanStatus.Size, Unsafe.SizeOf<PlanStatus>());
        Assert.InRange(Unsafe.SizeOf<PlanHeader>(), 1, PlanFormat.HeaderSize);
        Assert.InRange(Unsafe.SizeOf<PlanMonitor>(), 1, PlanFormat.MonitorSize);
    }

    /// <summary>&lt;asm-generic/unistd.h&gt;, which arm64 and riscv64 use, lacks them.</summary>
    private static readonly string[] LegacyCalls =
    [
        .. (
            "open creat stat lstat access poll select pipe dup2 fork vfork mkdir rmdir rename link symlink readlink chmod chown lchown "
            + "unlink mknod utime utimes futimesat epoll_create epoll_wait inotify_init "
            + "eventfd signalfd getdents alarm pause getpgrp time uselib "
            + "ustat sysfs arch_prctl modify_ldt iopl ioperm"
        ).Split(' '),
    ];

    [Fact]
    public void No_table_of_system_calls_names_one_that_arm64_lacks()
    {
        Assert.Empty(Enum.GetNames<SystemCall>().Intersect(LegacyCalls));
        Assert.Empty(typeof(SYS).GetFields().Select(field => field.Name).Intersect(LegacyCalls));
    }

    [SkippableFact]
    public void Each_call_of_plans_has_the_number_that_the_interop_of_this_architecture_knows()
    {
        Skip.IfNot(RuntimeInformation.ProcessArchitecture == Architecture.X64, "the shim is x86-64");
        Assert.All(
            Enum.GetValues<SystemCall>(),
            call =>
            {
                FieldInfo? field = typeof(SYS).GetField(call.ToString());
                Assert.True(field is not null, $"{call} has no number for arm64 in sys_syscall.cs.");
                Assert.Equal((int)call, (int)field.GetValue(null)!);
            }
        );
    }

    [Fact]
    public void A_plan_reads_as_text()
    {
        PlanBuilder plan = new(PlanMode.Exec);
        PlanValue fd = plan.Parent.Open("opening the root", PlanValue.CurrentDirectory, plan.Utf8("/srv"), 0x210000);
        plan.Parent.Call("entering it", SystemCall.fchdir, [fd], accept: 2);
        using (plan.Parent.Unless(fd, PlanComparison.Less, 0))
        {
            plan.Parent.Close(fd);
        }

        plan.Child.WriteFile("writing", PlanValue.CurrentDirectory, "/proc/\u0001/x", "a\nb", first: 7);
        plan.Child.Exec("executing", ["/bin/true"], plan.Strings(["true", "-v"]), plan.Strings([]));
        Assert.Equal(
            """
            plan Exec

            Parent
              $0 = openat(AT_FDCWD, "/srv", 0x210000|O_CLOEXEC)    # opening the root
              fchdir($0) accepting 2    # entering it
              SkipIf Less($0, 0, 1)    # deciding
              close($0)    # closing a descriptor

            Child
              WriteFile(AT_FDCWD, "/proc/%1/x", "a\nb", 3, 7)    # writing
              Exec(["/bin/true"], ["true", "-v"], [])    # executing

            """,
            plan.ToText()
        );
    }

    [Fact]
    public void A_released_slot_is_used_again_by_its_own_track_only()
    {
        PlanBuilder plan = new(PlanMode.Exec);
        PlanValue first = plan.Parent.CallInto("a", SystemCall.getpid, []);
        plan.Parent.Close(first);
        Assert.NotEqual(first.Value, plan.Child.CallInto("b", SystemCall.getpid, []).Value);
        Assert.NotEqual(first.Value, plan.Slot(7, "known").Value);
        Assert.Equal(first.Value, plan.Parent.CallInto("c", SystemCall.getpid, []).Value);
    }

    [Fact]
    public void The_same_string_is_stored_once()
    {
        PlanBuilder plan = new(PlanMode.Exec);
        Assert.Equal(plan.Utf8("/proc").Value, plan.Utf8("/proc").Value);
    }

    [Fact]
    public void A_plan_with_too_many_slots_is_refused_by_its_builder()
    {
        PlanBuilder plan = new(PlanMode.Exec);
        Assert.Throws<InvalidOperationException>(() =>
        {
            for (int i = 0; i <= PlanFormat.SlotCount; i++)
            {
                plan.Slot();
            }
        });
    }

    [Fact]
    public void A_structure_cannot_hold_a_slot()
    {
        PlanBuilder plan = new(PlanMode.Exec);
        Assert.Throws<ArgumentException>(() => plan.Words("x", plan.Slot()));
    }

    [Fact]
    public void A_sentence_is_put_together_of_its_own_pieces_only()
    {
        PlanBuilder plan = new(PlanMode.Exec, isShown: false);
        var container = new
        {
            Name = "web",
            Pid = 7L,
            Limit = ulong.MaxValue,
        };
        for (int i = 0; i < 300; i++)
        {
            plan.Parent.Call($"giving {container.Name} number {i}", SystemCall.getpid, []);
            plan.Child.Call("saying nothing more", SystemCall.getpid, []);
            plan.Child.Call($"limiting {container.Pid} to {container.Limit}", SystemCall.getpid, []);
        }

        Plan built = plan.Build();
        Assert.Equal("giving web number 299", built.SentenceOf(PlanTrackName.Parent, 299));
        Assert.Equal("giving web number 0", built.SentenceOf(PlanTrackName.Parent, 0));
        Assert.Equal("saying nothing more", built.SentenceOf(PlanTrackName.Child, 598));
        Assert.Equal("limiting 7 to 18446744073709551615", built.SentenceOf(PlanTrackName.Child, 599));
        Assert.Equal("setting up the container", built.SentenceOf(PlanTrackName.Child, 600));
        Assert.Equal("setting up the container", built.SentenceOf((PlanTrackName)9, 0));
    }
}
