using System.Text;

namespace ContainerPS.Engine.Common;

public sealed partial class ObjectLock
{
    private static ObjectLock? TryOpen(string path, string purpose)
    {
        FileStream file;
        try
        {
            // FileShare.None is flock(LOCK_EX | LOCK_NB) on Linux.
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
        }
        catch (IOException)
        {
            return null;
        }

        file.SetLength(0);
        file.Write(Encoding.UTF8.GetBytes($"pid {Environment.ProcessId} ({purpose})\n"));
        file.Flush();
        return new ObjectLock(path, file);
    }
}
