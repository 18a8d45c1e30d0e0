using System.Diagnostics.CodeAnalysis;
using ContainerPS.Native.Linux;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Launch;

/// <summary>
/// Where `containerps-shim` is, and the copy of it that is run: a sealed memory file, made once a process. A container that gets hold of
/// the program that entered it cannot change it for the next one (CVE-2019-5736), and every monitor of this process shares its pages.
/// </summary>
internal static class ShimExecutable
{
    private const string FileName = "containerps-shim";
    private const string OverrideVariable = "CONTAINERPS_SHIM";

    private static readonly Lazy<(FileDescriptor? Copy, string Path)> Prepared = new(Prepare);

    /// <summary>The path to give to exec; valid in this process and in its direct children.</summary>
    public static string ExecutablePath => Prepared.Value.Path;

    /// <summary>Where the file itself lies.</summary>
    public static string Locate()
    {
        foreach (string candidate in Candidates())
        {
            if (File.Exists(candidate))
            {
                return candidate;
            }
        }

        throw new LaunchException(
            LaunchFailure.Shim,
            $"{FileName} was not found beside this library ({string.Join(", ", Candidates())}). Set {OverrideVariable} to its path."
        );
    }

    [UnconditionalSuppressMessage(
        "SingleFile",
        "IL3000",
        Justification = "An empty location (NativeAOT) falls through to the executable's directory."
    )]
    private static IEnumerable<string> Candidates()
    {
        if (Environment.GetEnvironmentVariable(OverrideVariable) is { Length: > 0 } path)
        {
            // Whoever sets it means this file: no other one is taken silently.
            yield return path;
            yield break;
        }

        // In pwsh the base directory is pwsh's own: the assembly's comes first.
        if (Path.GetDirectoryName(typeof(ShimExecutable).Assembly.Location) is { Length: > 0 } directory)
        {
            yield return Path.Combine(directory, FileName);
        }

        yield return Path.Combine(AppContext.BaseDirectory, FileName);
    }

    private static (FileDescriptor? Copy, string Path) Prepare()
    {
        string path = Locate();
        FileDescriptor? copy = TryCopy(path);
        return copy is null ? (null, path) : (copy, $"/proc/self/fd/{copy.Number}");
    }

    /// <summary>
    /// Null where memory files must not be executed (vm.memfd_noexec=2 answers EACCES): the file itself is run then, protected by its owner
    /// and mode alone.
    /// </summary>
    private static FileDescriptor? TryCopy(string path)
    {
        FileDescriptor copy;
        try
        {
            copy = Files.CreateMemoryFile(FileName, sealable: true, executable: true);
        }
        catch (LinuxException refused) when (refused.Errno is EACCES or EPERM)
        {
            return null;
        }

        copy.Write(Files.ReadAllBytes(path));
        Files.AddSeals(copy, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
        return copy;
    }
}
