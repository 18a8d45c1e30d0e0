using System.Runtime.InteropServices;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Linux;

/// <content>Removal of directories that are expected to be empty.</content>
public static partial class Files
{
    /// <summary>
    /// Removes a directory if it is empty; true when it is not there any more. Anything in it is no error here, and costs no exception.
    /// </summary>
    public static bool TryRemoveEmptyDirectoryAt(FileDescriptor directory, string path)
    {
        int result = unlinkat(directory, path, AT_REMOVEDIR);
        int errno = result < 0 ? Marshal.GetLastPInvokeError() : 0;
        if (errno is ENOTEMPTY or EEXIST)
        {
            return false;
        }

        if (errno is not (0 or ENOENT))
        {
            throw new LinuxException($"unlinkat({directory}, \"{path}\", AT_REMOVEDIR)", errno);
        }

        return true;
    }
}
