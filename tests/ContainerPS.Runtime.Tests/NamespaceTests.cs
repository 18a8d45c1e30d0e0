using ContainerPS.Native.Linux;
using ContainerPS.Native.Oci;

namespace ContainerPS.Runtime.Tests;

/// <summary>config-linux.md "Namespaces", "User namespace mappings", "Sysctl".</summary>
public sealed class NamespaceTests : IDisposable
{
    private readonly RuntimeFixture _runtime = new();

    public void Dispose() => _runtime.Dispose();

    [SkippableFact]
    public void Namespaces_are_new_where_the_spec_says_so()
    {
        Result result = _runtime.Shell("for n in pid net ipc uts mnt cgroup user; do readlink /proc/self/ns/$n; done; hostname; echo $$");
        string[] lines = result.Output.Trim().Split('\n');
        string[] names = ["pid", "net", "ipc", "uts", "mnt", "cgroup", "user"];
        for (int i = 0; i < names.Length; i++)
        {
            string? host = new FileInfo($"/proc/self/ns/{names[i]}").LinkTarget;
            Assert.Equal(names[i] == "user", host == lines[i]);
        }

        Assert.Equal(["containerps", "1"], lines[^2..]);
    }

    [SkippableFact]
    public void Loopback_is_up_in_a_new_network() =>
        Assert.Contains("127.0.0.1", _runtime.Shell("ip addr show lo").Output, StringComparison.Ordinal);

    [SkippableFact]
    public void The_cgroup_namespace_shows_the_containers_own_cgroup_as_its_root() =>
        Assert.All(
            _runtime.Shell("cat /proc/self/cgroup").Output.Trim().Split('\n'),
            line => Assert.EndsWith(":/", line, StringComparison.Ordinal)
        );

    [SkippableFact]
    public void A_network_namespace_is_joined_by_path()
    {
        _runtime.Create(_runtime.Spec("sleep", "100"));
        int pid = _runtime.State().Pid;
        using var second = new RuntimeFixture();
        Result result = second.Shell(
            "readlink /proc/self/ns/net",
            spec =>
                spec with
                {
                    Linux = spec.Linux! with
                    {
                        Namespaces =
                        [
                            .. spec.Linux.Namespaces!.Where(entry => entry.Type != "network"),
                            new LinuxNamespace { Type = "network", Path = $"/proc/{pid}/ns/net" },
                        ],
                    },
                }
        );
        Assert.Equal(new FileInfo($"/proc/{pid}/ns/net").LinkTarget + "\n", result.Output);
    }

    [SkippableFact]
    public void A_user_namespace_maps_its_ids()
    {
        foreach (string path in (string[])["", "/tmp"])
        {
            Files.ChangeOwnerAt(FileDescriptor.CurrentDirectory, _runtime.RootFs + path, 100000, 100000);
        }

        Files.ChangeModeAt(FileDescriptor.CurrentDirectory, _runtime.Bundle, Modes.Mode0755);
        LinuxIdMapping[] map =
        [
            new LinuxIdMapping
            {
                ContainerID = 0,
                HostID = 100000,
                Size = 65536,
            },
        ];
        Result result = _runtime.Shell(
            "id -u; cat /proc/self/uid_map; touch /tmp/mine; echo x >/dev/null && echo null",
            spec =>
                spec with
                {
                    Linux = spec.Linux! with
                    {
                        Namespaces = [.. spec.Linux.Namespaces!, new LinuxNamespace { Type = "user" }],
                        UidMappings = map,
                        GidMappings = map,
                        Resources = null,
                    },
                }
        );
        Assert.True(result.Code == 0, result.Error);
        Assert.Matches(@"^0\n +0 +100000 +65536\nnull\n$", result.Output);
        Assert.Equal(100000u, Files.Status($"{_runtime.RootFs}/tmp/mine").Uid);
    }

    [SkippableFact]
    public void A_kernel_parameter_of_the_network_is_set() =>
        Assert.Equal(
            "0\n",
            _runtime
                .Shell(
                    "cat /proc/sys/net/ipv4/ip_unprivileged_port_start",
                    spec =>
                        spec with
                        {
                            Linux = spec.Linux! with
                            {
                                Sysctl = new Dictionary<string, string> { ["net.ipv4.ip_unprivileged_port_start"] = "0" },
                            },
                        }
                )
                .Output
        );
}
