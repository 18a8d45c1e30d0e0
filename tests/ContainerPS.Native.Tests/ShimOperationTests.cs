using ContainerPS.Native.Interop;
using ContainerPS.Native.Launch;
using ContainerPS.Native.Linux;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Tests;

/// <summary>Operations that are more than a system call. They run in the parent track here, which needs no privilege.</summary>
public sealed class ShimOperationTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("containerps-shim-root-").FullName;
    private readonly PlanBuilder _plan = new(PlanMode.Exec);

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Resolve_makes_missing_directories_beneath_the_root()
    {
        Resolve("a/./b//c/", PlanMake.Directory);
        Succeed();
        Assert.True(Directory.Exists(Path.Combine(_root, "a/b/c")));
    }

    [Fact]
    public void Resolve_makes_a_missing_file_and_its_parents()
    {
        Resolve("/x/y/file", PlanMake.File);
        Succeed();
        Assert.True(File.Exists(Path.Combine(_root, "x/y/file")));
    }

    [Fact]
    public void A_symlink_cannot_lead_Resolve_out_of_the_root()
    {
        string outside = Path.Combine(Path.GetTempPath(), "containerps-outside-" + Guid.NewGuid().ToString("N"));
        File.CreateSymbolicLink(Path.Combine(_root, "link"), outside);
        File.CreateSymbolicLink(Path.Combine(_root, "up"), "../../../../../../.." + Path.GetTempPath());
        Resolve("link/made", PlanMake.Directory, accept: ELOOP, alsoAccept: ENOTDIR);
        Directory.CreateDirectory(Path.Join(_root, Path.GetTempPath()));
        Resolve("up/" + Path.GetFileName(outside), PlanMake.Directory);
        Succeed();
        Assert.False(Directory.Exists(outside));
        Assert.True(Directory.Exists(Path.Join(_root, Path.GetTempPath(), Path.GetFileName(outside))));
    }

    [Fact]
    public void Dots_beyond_what_exists_are_refused()
    {
        Resolve("a/../../b", PlanMake.Directory);
        Assert.Equal(EINVAL, Fail().Errno);
        Assert.Empty(Directory.GetFileSystemEntries(_root));
    }

    [Fact]
    public void Resolve_does_not_follow_magic_links()
    {
        PlanValue proc = _plan.Parent.Open("opening proc", PlanValue.CurrentDirectory, _plan.Utf8("/proc"), O_PATH | O_DIRECTORY);
        _plan.Parent.Resolve("resolving", proc, _plan.Utf8("self/root/etc"), PlanMake.Nothing);
        Assert.Equal(ELOOP, Fail().Errno);
    }

    [Fact]
    public void Expectations_about_descriptors_hold_or_fail_with_their_sentence()
    {
        PlanValue device = _plan.Parent.Open("opening", PlanValue.CurrentDirectory, _plan.Utf8("/dev/null"), O_PATH);
        _plan.Parent.ExpectFileType("checking /dev/null", device, S_IFCHR, 0x103);
        PlanValue proc = _plan.Parent.Open("opening", PlanValue.CurrentDirectory, _plan.Utf8("/proc"), O_PATH);
        _plan.Parent.ExpectFileSystem("checking /proc", proc, 0x9FA0);
        _plan.Parent.ExpectFileSystem("checking that /dev/null lies on proc", device, 0x9FA0);
        LaunchException failure = Fail();
        Assert.Equal(("checking that /dev/null lies on proc", ESTALE), (failure.Operation, failure.Errno));
    }

    [Fact]
    public void A_skipped_block_is_left_out_and_the_rest_is_not()
    {
        using (_plan.Parent.Unless(3, PlanComparison.Equal, 3))
        {
            _plan.Parent.WriteFile(
                "writing",
                PlanValue.CurrentDirectory,
                Path.Combine(_root, "skipped"),
                "x",
                openFlags: O_WRONLY | O_CREAT
            );
        }

        using (_plan.Parent.Unless(3, PlanComparison.Equal, 4))
        {
            _plan.Parent.WriteFile(
                "writing",
                PlanValue.CurrentDirectory,
                Path.Combine(_root, "written-\u0002"),
                "<\u0001>",
                first: -12,
                second: 5,
                openFlags: O_WRONLY | O_CREAT
            );
        }

        Succeed();
        Assert.Equal(["written-5"], Directory.GetFiles(_root).Select(Path.GetFileName));
        Assert.Equal("<-12>", File.ReadAllText(Path.Combine(_root, "written-5")));
    }

    [Fact]
    public void A_hook_reads_the_state_and_its_failure_is_explained()
    {
        _plan.Parent.SpawnHook(
            "running the prestart hook",
            "/bin/sh",
            ["sh", "-c", $"cat > {_root}/state; exit 3"],
            ["PATH=/usr/bin:/bin"],
            "{\"pid\":\u0001}",
            4711,
            5000
        );
        Assert.EndsWith("the hook exited with 3.", Fail().Message, StringComparison.Ordinal);
        Assert.Equal("{\"pid\":4711}", File.ReadAllText(Path.Combine(_root, "state")));
    }

    [Fact]
    public void A_hook_that_does_not_end_is_killed_in_time()
    {
        _plan.Parent.SpawnHook("running the prestart hook", "/bin/sleep", ["sleep", "100"], [], "", 0, 100);
        Assert.Contains("did not end in its time", Fail().Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_tree_is_copied_with_owners_modes_times_and_links()
    {
        ShimPlans.RequireRoot();
        string source = Path.Combine(_root, "source");
        string target = Path.Combine(_root, "target");
        Directory.CreateDirectory(Path.Combine(source, "sub/deep"));
        Directory.CreateDirectory(target);
        File.WriteAllText(Path.Combine(source, "sub/deep/file"), "content");
        const uint SetIds = Modes.SetUserId | Modes.SetGroupId | Modes.Mode0700;
        Files.ChangeModeAt(FileDescriptor.CurrentDirectory, Path.Combine(source, "sub/deep/file"), SetIds);
        Files.ChangeOwnerAt(FileDescriptor.CurrentDirectory, Path.Combine(source, "sub/deep/file"), 12, 34);
        // Again: the change of owner took the set-id bits.
        Files.ChangeModeAt(FileDescriptor.CurrentDirectory, Path.Combine(source, "sub/deep/file"), SetIds);
        File.SetLastWriteTimeUtc(Path.Combine(source, "sub"), new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        File.CreateSymbolicLink(Path.Combine(source, "link"), "/dangling");
        Files.MakeFifo(Path.Combine(source, "fifo"), Modes.Mode0644);
        PlanValue from = _plan.Parent.Open("opening", PlanValue.CurrentDirectory, _plan.Utf8(source), O_PATH | O_DIRECTORY);
        PlanValue to = _plan.Parent.Open("opening", PlanValue.CurrentDirectory, _plan.Utf8(target), O_PATH | O_DIRECTORY);
        _plan.Parent.CopyTree("copying", from, to);
        Succeed();
        FileStatus copied = Files.Status(Path.Combine(target, "sub/deep/file"));
        Assert.Equal((SetIds, 12u, 34u), (copied.Mode & Modes.AllBits, copied.Uid, copied.Gid));
        Assert.Equal("content", File.ReadAllText(Path.Combine(target, "sub/deep/file")));
        Assert.Equal("/dangling", new FileInfo(Path.Combine(target, "link")).LinkTarget);
        Assert.True(Files.Status(Path.Combine(target, "fifo")).IsFifo);
        Assert.Equal(2001, File.GetLastWriteTimeUtc(Path.Combine(target, "sub")).Year);
    }

    [SkippableFact]
    public void A_working_directory_outside_the_root_is_refused()
    {
        ShimPlans.RequireRoot();

        // The class of CVE-2024-21626: the working directory is a descriptor of a directory that the new root does not contain.
        _plan.Parent.Clone("making the process", PlanTrackName.Child, PlanValue.Constant(ShimPlans.NewNamespaces, "new namespaces"));
        _plan.Parent.AwaitExec("executing");
        PlanValue outside = _plan.Child.Open(
            "opening a directory of the host",
            PlanValue.CurrentDirectory,
            _plan.Utf8("/proc"),
            O_PATH | O_DIRECTORY
        );
        _plan.Child.Call("entering the root", SystemCall.chroot, [_plan.Utf8(_root)]);
        _plan.Child.Call("entering the leaked directory", SystemCall.fchdir, [outside]);
        _plan.Child.VerifyWorkingDirectory("checking the working directory");
        LaunchException failure = Fail();
        Assert.Equal(("checking the working directory", ENOENT), (failure.Operation, failure.Errno));
    }

    [SkippableFact]
    public void A_helper_lends_its_user_namespace_and_is_gone_afterwards()
    {
        ShimPlans.RequireRoot();
        (PlanValue pid, _) = _plan.Parent.Clone(
            "making the helper",
            PlanTrackName.Helper,
            PlanValue.Constant(0x1000_0000, "CLONE_NEWUSER")
        );
        _plan.Parent.WriteFile("writing its map", PlanValue.CurrentDirectory, "/proc/\u0001/uid_map", "0 1000 10", first: pid);
        _plan.Parent.WriteFile(
            "writing its pid",
            PlanValue.CurrentDirectory,
            Path.Combine(_root, "pid"),
            "\u0001",
            first: pid,
            openFlags: O_WRONLY | O_CREAT
        );
        _plan.Parent.EndHelper("ending the helper");
        Succeed();
        Assert.False(Directory.Exists($"/proc/{File.ReadAllText(Path.Combine(_root, "pid"))}"));
    }

    private void Resolve(string path, PlanMake make, int accept = 0, int alsoAccept = 0)
    {
        PlanValue directory = _plan.Parent.Open("opening the root", PlanValue.CurrentDirectory, _plan.Utf8(_root), O_PATH | O_DIRECTORY);
        _plan.Parent.Resolve("resolving " + path, directory, _plan.Utf8(path), make, accept: accept, alsoAccept: alsoAccept);
    }

    /// <summary>A plan that clones nothing ends without a message.</summary>
    private void Succeed()
    {
        using var shim = ShimProcess.Start(_plan.Build(), "test");
        Assert.True(shim.Receive() is null or { Kind: PlanStatusKind.Exited }, "An operation failed.");
    }

    private LaunchException Fail()
    {
        using var shim = ShimProcess.Start(_plan.Build(), "test");
        return Assert.Throws<LaunchException>(() => shim.ReceiveStart());
    }
}
