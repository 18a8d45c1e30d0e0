using System.Buffers.Binary;

namespace FirstContainer;

/// <summary>The smallest root file system: busybox and links to it, as README makes it.</summary>
internal static class BusyBox
{
    private static readonly string[] Places = ["/bin/busybox", "/usr/bin/busybox", "/sbin/busybox"];
    private static readonly string[] Applets = ["sh", "cat", "httpd", "sleep", "true"];

    /// <summary>Makes the directory; leaves it out where the host has no busybox that runs alone.</summary>
    public static void MakeRootFs(string directory)
    {
        string? busybox = Places.FirstOrDefault(place => File.Exists(place) && RunsAlone(place));
        if (busybox is null)
        {
            return;
        }

        string bin = Directory.CreateDirectory(Path.Combine(directory, "bin")).FullName;
        Directory.CreateDirectory(Path.Combine(directory, "tmp"));
        File.Copy(busybox, Path.Combine(bin, "busybox"));
        foreach (string applet in Applets)
        {
            File.CreateSymbolicLink(Path.Combine(bin, applet), "busybox");
        }
    }

    // man 5 elf: a program header of type PT_INTERP names a loader, which an otherwise empty root does not have. Debian's package busybox
    // needs one, busybox-static does not.
    private static bool RunsAlone(string program)
    {
        const int Interpreter = 3;
        const int HeaderOffset = 32;
        const int EntrySize = 54;
        const int EntryCount = 56;
        ReadOnlySpan<byte> elf = File.ReadAllBytes(program);
        if (!elf.StartsWith("\u007fELF\u0002"u8))
        {
            return false;
        }

        int table = (int)BinaryPrimitives.ReadInt64LittleEndian(elf[HeaderOffset..]);
        int size = BinaryPrimitives.ReadUInt16LittleEndian(elf[EntrySize..]);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(elf[EntryCount..]);
        for (int entry = 0; entry < count; entry++)
        {
            if (BinaryPrimitives.ReadInt32LittleEndian(elf[(table + entry * size)..]) == Interpreter)
            {
                return false;
            }
        }

        return true;
    }
}
