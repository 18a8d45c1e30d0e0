using System.Globalization;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Common;

/// <summary>An error number as a sentence shows it.</summary>
internal static class KernelError
{
    /// <summary>"ENOSPC (28), no space left on device".</summary>
    public static string Describe(int errno) =>
        string.Create(CultureInfo.InvariantCulture, $"{Errno.Name(errno)} ({errno}), {Errno.Text(errno)}");
}
