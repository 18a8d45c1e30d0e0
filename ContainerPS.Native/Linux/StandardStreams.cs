using System.Runtime.InteropServices;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Linux;

/// <summary>The descriptors 0, 1 and 2 of this process.</summary>
public static class StandardStreams
{
    /// <summary>
    /// Opens /dev/null under those that the caller has closed: the next file that this process opens would take the number, and a
    /// container that inherits the standard streams would be given that file. For the beginning of a program.
    /// </summary>
    public static unsafe void FillClosed()
    {
        for (int number = 0; number < 3; number++)
        {
            if (fcntl(number, F_GETFD, 0) < 0 && Marshal.GetLastPInvokeError() == EBADF)
            {
                // Never closed again: it is what the number stands for from now on.
                fixed (byte* path = "/dev/null\0"u8)
                {
                    LinuxException.Check(openat(AT_FDCWD, path, O_RDWR, 0), $"openat(AT_FDCWD, /dev/null, O_RDWR)");
                }
            }
        }
    }
}
