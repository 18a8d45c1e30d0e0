using System.Diagnostics;
using ContainerPS.Native.Cgroups;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Tests.Containers;

/// <summary>A removal takes a container away at once; its files are deleted behind it, whatever happens to the process.</summary>
[Collection(KernelTests.Name)]
public sealed class ContainersTrashTests : IDisposable
{
    private const int Many = 10_000;

    private static readonly TimeSpan Seconds = Eventually.Bound;

    private readonly TestStore _store = new();

    private ContainerEngine Engine => _store.Engine;

    private string Trash => _store.Options.Root + "/trash";

    public void Dispose() => _store.Dispose();

    [SkippableFact]
    public void A_container_with_many_files_is_gone_at_once_and_its_files_soon()
    {
        TestStore.NeedsRoot();
        Container container = WithManyFiles("big");

        Engine.Containers.Remove(container);

        Assert.Equal(ContainerState.Removed, container.State);
        Assert.Empty(_store.Another().Containers.List());
        Assert.Empty(Directory.GetFileSystemEntries(_store.Options.Root + "/containers"));
        Engine.Containers.Remove(Engine.Containers.Create(TestStore.Idle("big")));
        Assert.True(Engine.Containers.WaitForDeletions(Seconds));
        Assert.Empty(Directory.GetFileSystemEntries(Trash));
    }

    [SkippableFact]
    public void A_process_that_ends_finishes_its_deletions()
    {
        TestStore.NeedsRoot();
        WithManyFiles("big");

        using (Starter.Begin(_store.Options, out string? said, "remove", "big"))
        {
            Assert.Equal("removed", said);
        }

        Assert.Empty(Directory.GetFileSystemEntries(Trash));
    }

    [SkippableFact]
    public void What_a_process_killed_before_the_deletion_left_is_swept_by_the_next_change()
    {
        TestStore.NeedsRoot();
        string id = WithManyFiles("big").Id;
        // Held by us, the tree is deleted by nobody: the kill comes in time.
        using (FileLock.TryAcquireDirectory($"{_store.Options.Root}/containers/{id}"))
        {
            using var starter = Starter.Begin(_store.Options, out _, "remove", "big");
            starter.Kill();
            Assert.True(Directory.Exists($"{Trash}/{id}/upper"));
            Assert.Empty(Engine.Containers.List());
        }

        ContainerEngine next = _store.Another();
        next.Containers.Remove(next.Containers.Create(TestStore.Idle()));

        Assert.True(next.Containers.WaitForDeletions(Seconds));
        Assert.Empty(Directory.GetFileSystemEntries(Trash));
    }

    [SkippableFact]
    public void What_processes_killed_since_left_is_swept_by_the_removals_of_one_that_has_long_begun()
    {
        TestStore.NeedsRoot();
        Engine.Containers.Remove(Engine.Containers.Create(TestStore.Idle()));
        // The first thing that a removal does; and what a create has made before it writes its record.
        string removed = _store.Another().Containers.Create(TestStore.Idle("first")).Id;
        Directory.Move($"{_store.Options.Root}/containers/{removed}", $"{Trash}/{removed}");
        string created = _store.Another().Containers.Create(TestStore.Idle("second")).Id;
        File.Delete($"{_store.Options.Root}/containers/{created}/container.json");
        // The first thing that a create makes, and the last one that a removal takes away.
        File.WriteAllText($"{_store.Options.RunRoot}/locks/{Guid.NewGuid():N}{Guid.NewGuid():N}.lock", "");
        string[] places = ["containers", "names", "trash"];

        Eventually.Sees(
            () =>
            {
                // A removal within a tenth of a second of the last one's look does not look.
                Engine.Containers.Remove(Engine.Containers.Create(TestStore.Idle()));
                Assert.True(Engine.Containers.WaitForDeletions(Seconds));
                return places
                    .Select(place => $"{_store.Options.Root}/{place}")
                    .Append(_store.Options.RunRoot + "/locks")
                    .SelectMany(Directory.GetFileSystemEntries)
                    .ToList();
            },
            left => left.Count == 0,
            "nothing left"
        );

        Assert.Empty(Engine.Containers.TakeWarnings());
    }

    [SkippableFact]
    public void What_a_process_killed_in_the_midst_of_a_removal_left_is_swept_with_its_name_and_cgroup()
    {
        TestStore.NeedsRoot();
        Container container = _store.Ready(TestStore.Idle("half") with { CgroupParent = _store.Options.CgroupParent + "/own" });
        Engine.Containers.Stop(container);
        // As a monitor leaves it that was killed before it could remove the cgroup.
        CgroupHost.Detect().Create(container.Cgroup.Path);
        Assert.NotEmpty(CgroupsOf(container.Id));
        // The first thing that a removal does.
        Directory.Move($"{_store.Options.Root}/containers/{container.Id}", $"{Trash}/{container.Id}");

        _store.Another().Containers.Reconcile();

        Assert.Empty(Directory.GetFileSystemEntries(Trash));
        Assert.Empty(Directory.GetFileSystemEntries(_store.Options.Root + "/names"));
        Assert.Empty(Directory.GetFileSystemEntries(_store.Options.RunRoot + "/containers"));
        Assert.Empty(CgroupsOf(container.Id));
        RemoveParents("own");
    }

    [SkippableFact]
    public void A_removal_that_is_going_on_is_left_alone()
    {
        TestStore.NeedsRoot();
        string id = Engine.Containers.Create(TestStore.Idle("busy")).Id;
        using (FileLock.TryAcquire($"{_store.Options.RunRoot}/locks/{id}.lock"))
        {
            Directory.Move($"{_store.Options.Root}/containers/{id}", $"{Trash}/{id}");

            _store.Another().Containers.Reconcile();

            Assert.True(Directory.Exists($"{Trash}/{id}/upper"));
        }

        Engine.Containers.Reconcile();
        Assert.False(Directory.Exists($"{Trash}/{id}"));
    }

    [SkippableFact]
    public void Files_that_cannot_be_deleted_are_told_of_and_tried_again()
    {
        TestStore.NeedsRoot();
        Container container = Engine.Containers.Create(TestStore.Idle());
        string file = $"{Trash}/{container.Id}/upper/immutable";
        File.WriteAllText(container.View.Paths.Upper + "/immutable", "");
        Skip.IfNot(Chattr("+i", container.View.Paths.Upper + "/immutable"), "chattr +i needs e2fsprogs and a file system that knows it.");

        Engine.Containers.Remove(container);
        Assert.True(Engine.Containers.WaitForDeletions(Seconds));

        string warning = Assert.Single(Engine.Containers.Warnings(TestStore.Idle()));
        Assert.Contains($"{Trash}/{container.Id}", warning, StringComparison.Ordinal);
        Assert.Contains("EPERM", warning, StringComparison.Ordinal);
        Assert.Empty(Engine.Containers.Warnings(TestStore.Idle()));
        Assert.Equal(ErrorIds.EngineFailure, Assert.Throws<EngineException>(_store.Another().Containers.Reconcile).ErrorId);
        Assert.True(Chattr("-i", file));
        Engine.Containers.Reconcile();
        Assert.Empty(Directory.GetFileSystemEntries(Trash));
    }

    private Container WithManyFiles(string name)
    {
        Container container = Engine.Containers.Create(TestStore.Idle(name));
        for (int directory = 0; directory < Many / 1000; directory++)
        {
            string path = Directory.CreateDirectory($"{container.View.Paths.Upper}/{directory}").FullName;
            for (int file = 0; file < 1000; file++)
            {
                Files.Open($"{path}/{file}", Posix.O_WRONLY | Posix.O_CREAT, Modes.Mode0600).Dispose();
            }
        }

        return container;
    }

    private string[] CgroupsOf(string id) =>
        [
            .. Native
                .Cgroups.CgroupHost.Detect()
                .Hierarchies.Select(hierarchy => hierarchy.PathOf($"{_store.Options.CgroupParent}/own/{id}"))
                .Where(Directory.Exists),
        ];

    private void RemoveParents(string name)
    {
        foreach (CgroupHierarchy hierarchy in Native.Cgroups.CgroupHost.Detect().Hierarchies)
        {
            Files.TryUnlinkAt(
                FileDescriptor.CurrentDirectory,
                hierarchy.PathOf($"{_store.Options.CgroupParent}/{name}"),
                isDirectory: true
            );
        }
    }

    private static bool Chattr(string flag, string path)
    {
        try
        {
            using Process chattr = Process.Start(new ProcessStartInfo("chattr", [flag, path]) { RedirectStandardError = true })!;
            chattr.WaitForExit();
            return chattr.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
