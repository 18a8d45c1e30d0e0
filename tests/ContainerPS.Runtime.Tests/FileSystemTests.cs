using ContainerPS.Native.Oci;

namespace ContainerPS.Runtime.Tests;

/// <summary>config.md "Mounts", config-linux.md "Masked Paths", "Readonly Paths", "Default Devices".</summary>
public sealed class FileSystemTests : IDisposable
{
    private readonly RuntimeFixture _runtime = new();

    public void Dispose() => _runtime.Dispose();

    [SkippableFact]
    public void The_default_devices_and_links_are_there()
    {
        Result result = _runtime.Shell(
            "stat -c '%n %t:%T %a' /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty; "
                + "readlink /dev/fd; echo x >/dev/null; head -c 2 /dev/zero | wc -c"
        );
        Assert.Equal(
            "/dev/null 1:3 666\n/dev/zero 1:5 666\n/dev/full 1:7 666\n/dev/random 1:8 666\n"
                + "/dev/urandom 1:9 666\n/dev/tty 5:0 666\n/proc/self/fd\n2\n",
            result.Output
        );
    }

    [SkippableFact]
    public void A_device_that_is_not_allowed_can_be_made_but_not_opened()
    {
        var device = new LinuxDevice
        {
            Path = "/dev/kmsg",
            Type = "c",
            Major = 1,
            Minor = 11,
        };
        Result result = _runtime.Shell("head -c 1 /dev/kmsg", spec => spec with { Linux = spec.Linux! with { Devices = [device] } });
        Assert.Contains("not permitted", result.Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void The_root_is_read_only_when_the_spec_says_so()
    {
        Result result = _runtime.Shell(
            "touch /x; touch /dev/shm/y && echo shm",
            spec => spec with { Root = spec.Root! with { Readonly = true } }
        );
        Assert.Contains("Read-only", result.Error, StringComparison.Ordinal);
        Assert.Equal("shm\n", result.Output);
    }

    [SkippableFact]
    public void Masked_and_read_only_paths()
    {
        Result result = _runtime.Shell("wc -c </proc/keys; ls /sys/firmware | wc -l; echo 1 >/proc/sys/kernel/domainname || echo refused");
        Assert.Equal("0\n0\nrefused\n", result.Output);
    }

    [SkippableFact]
    public void A_mask_does_not_use_the_containers_own_dev_null()
    {
        // CVE-2025-31133: where /dev/null of the image is a link, a runtime that binds it opens what it should hide.
        Directory.CreateDirectory($"{_runtime.RootFs}/secret");
        File.WriteAllText($"{_runtime.RootFs}/secret/file", "visible");
        File.CreateSymbolicLink($"{_runtime.RootFs}/dev/null", "/secret/file");
        Result result = _runtime.Shell(
            "cat /masked",
            spec =>
            {
                File.WriteAllText($"{_runtime.RootFs}/masked", "hidden");
                return spec with
                {
                    Mounts = [.. spec.Mounts!.Where(mount => !mount.Destination.StartsWith("/dev", StringComparison.Ordinal))],
                    Linux = spec.Linux! with { MaskedPaths = ["/masked"] },
                };
            }
        );
        Assert.Equal("", result.Output);
    }

    [SkippableFact]
    public void A_masked_directory_of_the_image_is_empty()
    {
        Directory.CreateDirectory($"{_runtime.RootFs}/hidden/inner");
        Assert.Equal(
            "0\n",
            _runtime
                .Shell("ls /hidden | wc -l", spec => spec with { Linux = spec.Linux! with { MaskedPaths = ["/hidden", "/missing"] } })
                .Output
        );
    }

    [SkippableFact]
    public void A_bind_mount_is_read_only_when_asked()
    {
        string source = Directory.CreateDirectory($"{_runtime.Bundle}/data").FullName;
        File.WriteAllText($"{source}/file", "data");
        Result result = _runtime.Shell(
            "cat /mnt/data/file; touch /mnt/data/x",
            Mounted(
                new Mount
                {
                    Destination = "/mnt/data",
                    Type = "bind",
                    Source = source,
                    Options = ["rbind", "ro"],
                }
            )
        );
        Assert.Equal("data", result.Output);
        Assert.Contains("Read-only", result.Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_single_file_is_bound_onto_a_file_that_is_made()
    {
        File.WriteAllText($"{_runtime.Bundle}/one", "file");
        Assert.Equal(
            "file",
            _runtime
                .Shell(
                    "cat /etc/deep/one",
                    Mounted(
                        new Mount
                        {
                            Destination = "/etc/deep/one",
                            Type = "bind",
                            Source = $"{_runtime.Bundle}/one",
                            Options = ["bind"],
                        }
                    )
                )
                .Output
        );
    }

    [SkippableFact]
    public void A_mount_point_behind_a_symlink_cannot_escape_the_root()
    {
        string outside = Directory.CreateDirectory($"{_runtime.Bundle}/outside").FullName;
        string inside = Directory.CreateDirectory($"{_runtime.RootFs}{outside}").FullName;
        File.CreateSymbolicLink($"{_runtime.RootFs}/link", outside);
        Result result = _runtime.Shell(
            "echo inside >/link/dir/file",
            Mounted(
                new Mount
                {
                    Destination = "/link/dir",
                    Type = "tmpfs",
                    Source = "tmpfs",
                }
            )
        );
        Assert.True(result.Code == 0, result.Error);
        Assert.Empty(Directory.GetFileSystemEntries(outside));
        Assert.Single(Directory.GetFileSystemEntries(inside));
    }

    [SkippableFact]
    public void A_tmpfs_with_tmpcopyup_begins_with_what_the_image_has()
    {
        Directory.CreateDirectory($"{_runtime.RootFs}/var/seed");
        File.WriteAllText($"{_runtime.RootFs}/var/seed/file", "seed");
        Result result = _runtime.Shell(
            "cat /var/seed/file; echo new >/var/seed/file",
            Mounted(
                new Mount
                {
                    Destination = "/var",
                    Type = "tmpfs",
                    Source = "tmpfs",
                    Options = ["tmpcopyup"],
                }
            )
        );
        Assert.Equal("seed", result.Output);
        Assert.Equal("seed", File.ReadAllText($"{_runtime.RootFs}/var/seed/file"));
    }

    [SkippableFact]
    public void A_mount_of_the_host_made_later_is_not_seen_and_the_containers_are_not_the_hosts() =>
        Assert.DoesNotContain(
            _runtime.Bundle,
            _runtime.Shell("cat /proc/self/mounts").Output.Replace(_runtime.RootFs, "", StringComparison.Ordinal),
            StringComparison.Ordinal
        );

    private static Func<Spec, Spec> Mounted(Mount mount) => spec => spec with { Mounts = [.. spec.Mounts!, mount] };
}
