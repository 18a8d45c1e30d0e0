using System.Globalization;
using System.Runtime.InteropServices;
using ContainerPS.Native.Cgroups;
using ContainerPS.Native.Launch;
using ContainerPS.Native.Linux;
using ContainerPS.Native.Oci;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Runtime;

/// <summary>create: everything up to the execve of the container's program.</summary>
/// <remarks>
/// <code>
///   create (killed here: what is left, and which end it finds)
///   mkdir, lock              a directory: the next create or delete of the id removes it
///   intent.json              the same
///   cgroup                   an empty cgroup, named by the intent: removed with the directory
///   intent.json with its id  the same, processes included: nobody else was in it
///   clone … "created"        init, in that cgroup; it reads the end of create's socket and exits
///   state.json               a container; init exits, so it is stopped
///   's' to init              a created container
/// </code>
/// The lock is held all the time, so a delete and a second create of the id wait for it or see that nobody is there.
/// </remarks>
public sealed partial class OciRuntime
{
    /// <summary>
    /// Everything up to the execve of the container's program, which waits for <see cref="Start(string)"/>. Inherits the caller's streams.
    /// </summary>
    public RuntimeContainer Create(CreateOptions options)
    {
        RuntimeContainer.CheckId(options.Id);
        string bundle = Path.GetFullPath(options.Bundle);
        byte[] config = ReadConfig(bundle);
        Spec spec = RuntimeContainer.ParseSpec(config);
        OciVersions.Check(spec.OciVersion);
        CheckPreserved(options.PreservedDescriptors);
        string rootFs = RootOf(spec, bundle);
        string directory = DirectoryOf(options.Id);
        var cgroup = new CreateCgroup(_root, options.Id, directory, spec);
        using FileLock held = Reserve(options.Id, directory);
        try
        {
            cgroup.Note();
            Files.MakeFifo(RuntimeContainer.FifoOf(directory), Modes.Mode0622);
            using LaunchedContainer launched = ContainerLauncher.Start(RequestOf(options, spec, bundle, rootFs, directory, cgroup));
            var container = RuntimeContainer.Save(directory, StateOf(options.Id, bundle, rootFs, spec, launched, cgroup), config);
            WritePidFile(options.PidFile, launched.Pid);
            launched.Keep();
            return container;
        }
        catch
        {
            cgroup.TakeBack(_warn);
            Files.RemoveTree(directory);
            throw;
        }
    }

    internal static void CheckPreserved(int count)
    {
        const int standard = 3;
        for (int number = standard; number < standard + (long)count; number++)
        {
            // What this process itself has opened is close-on-exec, what it was given is not.
            int flags = fcntl(number, F_GETFD, 0);
            if (flags < 0 || (flags & FD_CLOEXEC) != 0)
            {
                throw new RuntimeException($"descriptor {number} cannot be preserved (--preserve-fds {count}): it is not open");
            }
        }
    }

    private static byte[] ReadConfig(string bundle)
    {
        string path = $"{bundle}/config.json";
        return File.Exists(path) ? Files.ReadAllBytes(path) : throw new RuntimeException($"{path} does not exist: is {bundle} a bundle?");
    }

    private string DirectoryOf(string id) => $"{_root}/{id}";

    /// <summary>
    /// mkdir and the lock are the reservation of the id. A directory without a state whose lock is free was left by a create that was
    /// killed: it is cleared and used.
    /// </summary>
    private FileLock Reserve(string id, string directory)
    {
        Files.MakeDirectories(_root, Modes.Mode0700);
        while (true)
        {
            Files.TryMakeDirectoryAt(FileDescriptor.CurrentDirectory, directory, Modes.Mode0700);
            if (File.Exists(RuntimeContainer.StateOf(directory)))
            {
                throw Taken(id);
            }

            if (!TryLock(directory, $"create {id}", out FileLock? held))
            {
                continue;
            }

            if (held is null || File.Exists(RuntimeContainer.StateOf(directory)))
            {
                held?.Dispose();
                throw Taken(id);
            }

            try
            {
                ClearRemains(directory);
                return held;
            }
            catch
            {
                held.Dispose();
                throw;
            }
        }
    }

    private static RuntimeException Taken(string id) => new($"container with given ID already exists: {id}");

    /// <summary>
    /// False when the directory is gone: a delete removed it at this moment. The lock is null when another process has it.
    /// </summary>
    private static bool TryLock(string directory, string holder, out FileLock? held)
    {
        try
        {
            held = FileLock.TryAcquire(RuntimeContainer.LockOf(directory), holder);
            return true;
        }
        catch (LinuxException gone) when (gone.Errno == ENOENT)
        {
            held = null;
            return false;
        }
    }

    /// <summary>What a killed create left, except for the lock, which is held.</summary>
    private void ClearRemains(string directory)
    {
        CreateCgroup.ClearRemains(directory, _warn);
        using FileDescriptor open = Files.OpenDirectory(directory);
        foreach (DirectoryEntry entry in Files.ReadDirectory(open).Where(entry => !RuntimeContainer.IsLock(entry.Name)))
        {
            Files.RemoveTreeAt(open, entry.Name);
        }
    }

    private LaunchRequest RequestOf(
        CreateOptions options,
        Spec spec,
        string bundle,
        string rootFs,
        string directory,
        CreateCgroup cgroup
    ) =>
        new()
        {
            ContainerId = options.Id,
            Spec = spec,
            RootFs = new RootFsSource.Directory(rootFs, ReadOnly: false),
            BundlePath = bundle,
            Cgroup = cgroup.Cgroup,
            PrepareCgroup = () => cgroup.Make(SpecResources.EffectiveResources(spec)),
            Stdio = new StdioSettings { Inherit = true },
            ExecFifoPath = RuntimeContainer.FifoOf(directory),
            NoPivot = options.NoPivot,
            PreservedDescriptors = options.PreservedDescriptors,
            SeccompCacheDirectory = $"{_root}/.seccomp",
        };

    /// <summary>
    /// Without a symlink in it: the root is attached onto this path, and a mount onto a symlink is refused (EINVAL). The bundle's owner
    /// decides where it leads, as with runc.
    /// </summary>
    private static string RootOf(Spec spec, string bundle)
    {
        string named = spec.Root?.Path is { Length: > 0 } path ? path : throw new RuntimeException("the spec has no root");
        string root = Path.GetFullPath(named, bundle);
        try
        {
            string real = Files.RealPath(root);
            return Directory.Exists(real) ? real : throw new RuntimeException($"the root file system {root} is not a directory");
        }
        catch (LinuxException failure)
        {
            throw new RuntimeException(
                failure.Errno switch
                {
                    ENOENT => $"the root file system {root} does not exist",
                    ELOOP => $"the root file system {root} leads through a loop of symlinks",
                    _ => $"the root file system {root} cannot be opened: {failure.Message}",
                },
                failure
            );
        }
    }

    private static RuntimeState StateOf(
        string id,
        string bundle,
        string rootFs,
        Spec spec,
        LaunchedContainer launched,
        CreateCgroup cgroup
    ) =>
        new()
        {
            Id = id,
            Pid = launched.Pid,
            StartTicks = launched.StartTicks,
            BootId = HostFacts.BootId,
            Bundle = bundle,
            Rootfs = rootFs,
            Created = DateTimeOffset.UtcNow.ToString("yyyy-MM-ddTHH:mm:ss.fffffffZ", CultureInfo.InvariantCulture),
            CgroupPath = cgroup.Cgroup.Path,
            CgroupId = cgroup.Id,
            OciVersion = spec.OciVersion,
            Annotations = spec.Annotations,
            HasPoststartHooks = spec.Hooks?.Poststart is { Count: > 0 },
            HasPoststopHooks = spec.Hooks?.Poststop is { Count: > 0 },
            OwnsPidNamespace = spec.Linux?.Namespaces?.Any(entry => entry.Type == "pid" && string.IsNullOrEmpty(entry.Path)) == true,
        };

    /// <summary>Written beside and renamed: a reader that watches for the file finds the number whole.</summary>
    internal static void WritePidFile(string? path, int pid)
    {
        if (path is not null)
        {
            string temporary = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, $".{Path.GetFileName(path)}");
            File.WriteAllText(temporary, pid.ToString(System.Globalization.CultureInfo.InvariantCulture));
            File.Move(temporary, path, overwrite: true);
        }
    }
}
