using ContainerPS.Engine.Common;
using ContainerPS.Engine.Containers.State;
using ContainerPS.Native.Linux;
using ContainerPS.Runtime.Tests;

namespace ContainerPS.Engine.Tests.Containers;

/// <summary>A run that finds its writable layer made is a run like any other.</summary>
[Collection(KernelTests.Name)]
public sealed class ContainersSpareTests : IDisposable
{
    private readonly TestStore _store = new();

    private ContainerEngine Engine => _store.Engine;

    private string Spare => _store.Options.Root + "/spare";

    public void Dispose() => _store.Dispose();

    [SkippableFact]
    public void Runs_of_one_image_find_their_layers_made_and_see_nothing_of_each_other()
    {
        Build("first");
        int taken = 0;
        for (int i = 0; i < 50 && taken < 3; i++)
        {
            string[] before = Spares();
            Assert.Equal("first\nbin\ndev\netc\nproc\nroot\nsys\ntmp\n", Out($"cat /etc/which; ls /; touch /mark-{i}"));
            if (before.Length == 1 && !Directory.Exists(before[0]))
            {
                taken++;
            }

            if (i > 0)
            {
                Eventually.True(() => Spares().Length == 1, "a spare layer after a series");
            }
        }

        Assert.Equal(3, taken);
    }

    [SkippableFact]
    public void A_container_lives_in_the_directory_that_was_in_reserve()
    {
        Build("first");
        Series();
        for (int i = 0; ; i++)
        {
            // It is there before it is ready: what was not is taken by a later run.
            Eventually.True(() => Spares().Length == 1, "a spare layer");
            ulong inode = Files.Status(Spares()[0]).Inode;
            using ContainerRun run = Engine.Containers.Run(Shell("cat"), new RunOptions { OpenStdin = true });
            ulong own = Files.Status($"{_store.Options.Root}/containers/{run.Container.Id}").Inode;
            run.Stdin!.Dispose();
            run.Wait();
            if (own == inode)
            {
                return;
            }

            Assert.True(i < 20, "It never was the spare one.");
        }
    }

    [SkippableFact]
    public void Another_image_under_the_same_name_and_one_that_was_unpacked_again_get_layers_of_their_own()
    {
        Build("first");
        Series();
        Engine.Images.Remove(Engine.Images.Get("spare"), _ => [], force: true);
        Build("second");
        Assert.Equal("second\n", Out("cat /etc/which"));
        Series();

        // The same content, at the same path, in other directories: the old overlay would show the removed ones.
        Engine.Images.Remove(Engine.Images.Get("spare"), _ => [], force: true);
        Build("second");
        Assert.Equal("second\n", Out("cat /etc/which"));
    }

    [SkippableFact]
    public void It_goes_when_nobody_wants_it()
    {
        Build("first");
        IReadOnlyList<string> lowers = Engine.Images.Prepare(Engine.Images.Get("spare")).LowerDirs;
        var spares = new SpareLayers(new StoreLocation(_store.Options.Root!, _store.Options.RunRoot!), TimeSpan.FromSeconds(5));
        Assert.Null(spares.TryTake(lowers));
        spares.Replenish();
        Assert.Null(spares.TryTake(lowers));
        Assert.Empty(Spares());
        spares.Replenish();
        Eventually.True(() => Spares().Length == 1, "a spare layer");
        Eventually.True(() => Spares().Length == 0, "its end");
        Assert.Null(spares.TryTake(lowers));
    }

    [SkippableFact]
    public void One_that_cannot_be_made_harms_nobody_and_the_next_series_has_one()
    {
        Build("first");
        IReadOnlyList<string> lowers = Engine.Images.Prepare(Engine.Images.Get("spare")).LowerDirs;
        var spares = new SpareLayers(new StoreLocation(_store.Options.Root!, _store.Options.RunRoot!), Eventually.Bound);
        TreeRemover.Delete(Spare);
        string[] gone = [_store.Options.Root + "/gone"];
        spares.TryTake(gone);
        spares.TryTake(gone);
        spares.Replenish();
        Eventually.True(() => Directory.Exists(Spare), "an attempt");

        Eventually.True(
            () =>
            {
                // The failure, which the thread may still be busy with, ends a series.
                spares.TryTake(lowers)?.Delete();
                spares.TryTake(lowers)?.Delete();
                spares.Replenish();
                return Spares().Length == 1;
            },
            "a spare layer"
        );
        spares.Release();
        Assert.Empty(Spares());
    }

    [SkippableFact]
    public void It_goes_with_its_process()
    {
        Build("first");
        using (var other = Starter.Begin(_store.Options, out string said, "series", "spare"))
        {
            Assert.Equal(said, Assert.Single(Spares()));
        }

        Assert.Empty(Spares());
    }

    [SkippableFact]
    public void What_a_killed_process_left_is_deleted_and_what_a_living_one_holds_is_not()
    {
        TestStore.NeedsRoot();
        (string? dead, string? alive) = ($"{Spare}/{new string('d', 64)}", $"{Spare}/{new string('a', 64)}");
        foreach (string? directory in new[] { dead, alive })
        {
            Directory.CreateDirectory(directory + "/upper/deep");
        }

        using var held = FileLock.TryAcquireDirectory(alive);
        Assert.NotNull(held);

        ContainerEngine other = _store.Another();
        other.Containers.Remove(other.Containers.Create(TestStore.Shell("true")));

        Eventually.True(() => !Directory.Exists(dead), "the end of what nobody holds");
        Assert.True(Directory.Exists(alive + "/upper/deep"));
        held.Dispose();
        Engine.Containers.Reconcile();
        Assert.False(Directory.Exists(alive));
    }

    private static ContainerDefinition Shell(string script) => new() { Image = "spare", Command = ["/bin/sh", "-c", script] };

    private string[] Spares() => Directory.Exists(Spare) ? Directory.GetDirectories(Spare) : [];

    private string Out(string script)
    {
        using ContainerRun run = Engine.Containers.Run(Shell(script));
        return string.Concat(run.Wait().Stdout.Select(line => line + "\n"));
    }

    private void Series()
    {
        for (int i = 0; i < 3; i++)
        {
            Out("true");
        }

        Eventually.True(() => Spares().Length == 1, "a spare layer after a series");
    }

    private void Build(string which)
    {
        TestStore.NeedsRoot();
        Skip.If(BusyBox.Path is null, "busybox-static is not installed");
        string rootfs = Directory.CreateTempSubdirectory("containerps-test-rootfs-").FullName;
        try
        {
            BusyBox.MakeRootFs(rootfs);
            File.WriteAllText(rootfs + "/etc/which", which + "\n");
            Directory.SetLastWriteTimeUtc(rootfs + "/etc", DateTime.UnixEpoch);
            Engine.Images.FromRootFs(rootfs, ImageReference.Parse("spare"));
        }
        finally
        {
            Directory.Delete(rootfs, recursive: true);
        }
    }
}
