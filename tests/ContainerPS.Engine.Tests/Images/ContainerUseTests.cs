using ContainerPS.Engine.Common;
using ContainerPS.Engine.Images;

namespace ContainerPS.Engine.Tests.Images;

/// <summary>What a container without a record needs cannot be known: it is protected when the container has run.</summary>
public sealed class ContainerUseTests : IDisposable
{
    private static readonly string Id = new('a', 64);

    private readonly string _directory = Directory.CreateTempSubdirectory("containerps-test-").FullName;
    private readonly StoreLocation _store;

    public ContainerUseTests()
    {
        _store = new StoreLocation(_directory + "/root", _directory + "/run");
        Directory.CreateDirectory($"{_store.Containers}/{Id}/upper");
        File.WriteAllText($"{_store.Containers}/{Id}/hosts", "");
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("start", "")]
    [InlineData("exits", "")]
    [InlineData("container.log", "line")]
    [InlineData("upper/file", "")]
    public void A_container_that_has_lost_its_record_may_need_every_layer(string trace, string content)
    {
        Assert.Empty(ContainerUse.Read(_store));

        File.WriteAllText($"{_store.Containers}/{Id}/{trace}", content);

        RecordedUse use = Assert.Single(ContainerUse.Read(_store));
        Assert.Equal((Id, "it is missing"), (use.Id, use.Problem));
    }

    [Theory]
    [InlineData("root/trash/ID")]
    [InlineData("run/trash/ID")]
    [InlineData("root/containers/ID/container.json.removed")]
    public void What_is_being_removed_needs_none(string sign)
    {
        File.WriteAllText($"{_store.Containers}/{Id}/start", "");
        Directory.CreateDirectory($"{_directory}/{sign.Replace("ID", Id, StringComparison.Ordinal)}");

        Assert.Empty(ContainerUse.Read(_store));
    }

    /// <summary>As a restart of the host leaves one that removes itself.</summary>
    [Fact]
    public void A_layer_whose_record_was_in_memory_needs_none()
    {
        File.Delete($"{_store.Containers}/{Id}/hosts");
        File.WriteAllText($"{_store.Containers}/{Id}/upper/file", "");
        File.WriteAllText($"{_store.Containers}/{Id}/container.log", "line");

        Assert.Empty(ContainerUse.Read(_store));
    }
}
