using ContainerPS.Native.Interop;
using ContainerPS.Native.Linux;

namespace ContainerPS.Native.Tests.Linux;

public sealed class ErrorTests
{
    [Fact]
    public void An_error_tells_the_call_the_path_behind_the_descriptor_and_the_name()
    {
        using FileDescriptor directory = Files.OpenDirectory("/proc/self");

        LinuxException failure = Assert.Throws<LinuxException>(() =>
            Files.OpenAt2(directory, "../../etc/passwd", Libc.O_PATH, 0, Libc.RESOLVE_BENEATH)
        );

        Assert.Equal(
            $"openat2({directory.Number} </proc/{Environment.ProcessId}>, \"../../etc/passwd\", O_PATH, RESOLVE_BENEATH) "
                + "failed: EXDEV (18), invalid cross-device link",
            failure.Message
        );
        Assert.Equal((Libc.EXDEV, "EXDEV"), (failure.Errno, failure.ErrnoName));
    }

    [Fact]
    public void Every_error_number_has_one_name_and_a_sentence()
    {
        for (int errno = 1; errno <= 133; errno++)
        {
            // 41 and 58 are holes of the kernel's table.
            if (errno is not (41 or 58))
            {
                Assert.StartsWith("E", Errno.Name(errno), StringComparison.Ordinal);
                Assert.DoesNotContain("Unknown", Errno.Text(errno), StringComparison.OrdinalIgnoreCase);
            }
        }

        Assert.Equal("errno 4095", Errno.Name(4095));
    }
}
