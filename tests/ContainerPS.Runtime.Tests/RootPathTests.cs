using ContainerPS.Native.Oci;

namespace ContainerPS.Runtime.Tests;

/// <summary>config.md "Root": the path as the bundle's author writes it.</summary>
public sealed class RootPathTests : IDisposable
{
    private readonly RuntimeFixture _runtime = new();

    public void Dispose() => _runtime.Dispose();

    [SkippableFact]
    public void A_root_behind_a_symlink_is_the_directory_that_it_leads_to()
    {
        File.CreateSymbolicLink($"{_runtime.Bundle}/link", "rootfs");
        File.CreateSymbolicLink($"{_runtime.Bundle}/chain", $"{_runtime.Bundle}/link");

        Result result = RunIn("chain");

        Assert.True(result.Code == 0, result.Error);
        Assert.Equal("/\n", result.Output);
        _runtime.Create(_runtime.Spec("true") with { Root = new Root { Path = "chain" } });
        Assert.Equal(_runtime.RootFs, _runtime.State().Rootfs);
    }

    [SkippableFact]
    public void A_symlink_on_the_way_to_the_root_is_followed()
    {
        File.CreateSymbolicLink($"{_runtime.Bundle}/here", ".");
        Assert.Equal(0, RunIn("here/rootfs").Code);
    }

    [SkippableTheory]
    [InlineData("rootfs")]
    [InlineData("./rootfs/../rootfs/")]
    public void A_relative_root_begins_at_the_bundle(string path) => Assert.Equal(0, RunIn(path).Code);

    [SkippableFact]
    public void An_absolute_root_is_taken_as_it_is() => Assert.Equal(0, RunIn(_runtime.RootFs).Code);

    [SkippableFact]
    public void A_loop_of_symlinks_is_named()
    {
        File.CreateSymbolicLink($"{_runtime.Bundle}/a", "b");
        File.CreateSymbolicLink($"{_runtime.Bundle}/b", "a");
        AssertRefused("a", "leads through a loop of symlinks");
    }

    [SkippableFact]
    public void A_file_is_no_root()
    {
        File.WriteAllText($"{_runtime.Bundle}/file", "");
        AssertRefused("file", "is not a directory");
        AssertRefused("file/rootfs", "cannot be opened");
    }

    [SkippableFact]
    public void A_root_that_is_not_there_is_named()
    {
        File.CreateSymbolicLink($"{_runtime.Bundle}/dangling", "nowhere");
        AssertRefused("dangling", "does not exist");
        AssertRefused("nowhere", "does not exist");
        AssertRefused("", "the spec has no root");
    }

    private Result RunIn(string path) => _runtime.Run(_runtime.Spec("pwd") with { Root = new Root { Path = path } });

    private void AssertRefused(string path, string reason)
    {
        Result result = RunIn(path);
        Assert.Equal(1, result.Code);
        Assert.Contains(reason, result.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists($"{_runtime.Root}/c"));
    }
}
