using ContainerPS.Native.Linux;
using ContainerPS.Native.Namespaces;

namespace ContainerPS.Native.Tests.Namespaces;

public sealed class NamespaceTests
{
    [Fact]
    public void The_namespaces_of_this_process_are_its_own()
    {
        IReadOnlyList<NamespaceInfo> infos = NamespaceInfo.Of(Environment.ProcessId);

        Assert.Equal(
            Directory
                .GetFiles("/proc/self/ns")
                .Select(Path.GetFileName)
                .Count(name => !name!.EndsWith("_for_children", StringComparison.Ordinal)),
            infos.Count
        );
        Assert.All(infos, info => Assert.True(info.IsHost));
        Assert.All(infos, info => Assert.Equal(Files.Status(info.Path).Inode, info.Inode));
        Assert.All(infos, info => Assert.True(NamespaceInfo.IsNamespaceFile(info.Path)));
        Assert.False(NamespaceInfo.IsNamespaceFile("/proc/self/status"));
    }

    [Fact]
    public void A_process_that_is_gone_has_none() => Assert.Empty(NamespaceInfo.Of(int.MaxValue));

    [Fact]
    public void The_user_namespace_is_joined_first() => Assert.Equal(NamespaceType.User, NamespaceType.All[0]);
}
