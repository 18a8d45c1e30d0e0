using System.Runtime.InteropServices;
using System.Text;

namespace ContainerPS.Native.Seccomp;

/// <summary>
/// libseccomp, found at run time: it is needed only where a filter has to be compiled, so neither the module nor `containerps` may depend
/// on it to start. Functions keep their C names (seccomp.h); each returns -errno.
/// </summary>
internal sealed unsafe class LibSeccomp
{
    private const string FileName = "libseccomp.so.2";

    private static readonly string[] _directories =
    [
        "/usr/lib/x86_64-linux-gnu",
        "/usr/lib/aarch64-linux-gnu",
        "/usr/lib64",
        "/usr/lib",
        "/lib/x86_64-linux-gnu",
        "/lib/aarch64-linux-gnu",
        "/lib64",
        "/lib",
    ];

    private static readonly Lazy<LibSeccomp> _loaded = new(() => new LibSeccomp());

    private readonly delegate* unmanaged<uint, nint> _init;
    private readonly delegate* unmanaged<nint, void> _release;
    private readonly delegate* unmanaged<byte*, uint> _archResolveName;
    private readonly delegate* unmanaged<nint, uint, int> _archAdd;
    private readonly delegate* unmanaged<uint> _archNative;
    private readonly delegate* unmanaged<uint, byte*, int> _syscallResolveNameArch;
    private readonly delegate* unmanaged<nint, uint, int, uint, scmp_arg_cmp*, int> _ruleAddArray;
    private readonly delegate* unmanaged<nint, int, uint, int> _attributeSet;
    private readonly delegate* unmanaged<nint, int, int> _exportBpf;

    private LibSeccomp()
    {
        if (!NativeLibrary.TryLoad(FileName, out nint handle))
        {
            throw new SeccompException(
                $"{FileName} is not installed: it compiles the seccomp filter of a container. "
                    + "Install the package libseccomp2 (Debian, Ubuntu) "
                    + "or libseccomp (Fedora, RHEL, SUSE, Arch, Alpine), or run the container without seccomp."
            );
        }

        _init = (delegate* unmanaged<uint, nint>)Function(handle, "seccomp_init");
        _release = (delegate* unmanaged<nint, void>)Function(handle, "seccomp_release");
        _archResolveName = (delegate* unmanaged<byte*, uint>)Function(handle, "seccomp_arch_resolve_name");
        _archAdd = (delegate* unmanaged<nint, uint, int>)Function(handle, "seccomp_arch_add");
        _archNative = (delegate* unmanaged<uint>)Function(handle, "seccomp_arch_native");
        _syscallResolveNameArch = (delegate* unmanaged<uint, byte*, int>)Function(handle, "seccomp_syscall_resolve_name_arch");
        _ruleAddArray = (delegate* unmanaged<nint, uint, int, uint, scmp_arg_cmp*, int>)Function(handle, "seccomp_rule_add_array");
        _attributeSet = (delegate* unmanaged<nint, int, uint, int>)Function(handle, "seccomp_attr_set");
        _exportBpf = (delegate* unmanaged<nint, int, int>)Function(handle, "seccomp_export_bpf");
    }

    public static LibSeccomp Load() => _loaded.Value;

    /// <summary>
    /// The library's version without loading it (0.2 ms that a start with a cached filter need not spend): the name behind its link,
    /// <c>libseccomp.so.2.5.4</c>. "unknown" where it lies elsewhere; the cache then only lacks that part of its key.
    /// </summary>
    public static string FindVersion()
    {
        foreach (string directory in _directories)
        {
            string path = $"{directory}/{FileName}";
            if (File.Exists(path))
            {
                return new FileInfo(path).LinkTarget ?? FileName;
            }
        }

        return "unknown";
    }

    public uint NativeArchitecture => _archNative();

    public nint Create(uint defaultAction)
    {
        nint context = _init(defaultAction);
        return context != 0 ? context : throw new SeccompException($"seccomp_init(0x{defaultAction:x}) refused the default action.");
    }

    public void Release(nint context) => _release(context);

    /// <summary>0 for an architecture that this libseccomp does not know.</summary>
    public uint ResolveArchitecture(string name)
    {
        fixed (byte* text = Terminated(name))
        {
            return _archResolveName(text);
        }
    }

    public int AddArchitecture(nint context, uint architecture) => _archAdd(context, architecture);

    /// <summary>Negative for a call that this architecture, or this libseccomp, does not have.</summary>
    public int ResolveSyscall(uint architecture, string name)
    {
        fixed (byte* text = Terminated(name))
        {
            return _syscallResolveNameArch(architecture, text);
        }
    }

    public int AddRule(nint context, uint action, int syscall, ReadOnlySpan<scmp_arg_cmp> conditions)
    {
        fixed (scmp_arg_cmp* first = conditions)
        {
            return _ruleAddArray(context, action, syscall, (uint)conditions.Length, first);
        }
    }

    public int SetAttribute(nint context, int attribute, uint value) => _attributeSet(context, attribute, value);

    public int Export(nint context, int descriptor) => _exportBpf(context, descriptor);

    private static nint Function(nint library, string name) =>
        NativeLibrary.TryGetExport(library, name, out nint address)
            ? address
            : throw new SeccompException($"{FileName} has no function {name}: libseccomp 2.4 or later is needed.");

    private static byte[] Terminated(string text) => Encoding.UTF8.GetBytes(text + "\0");

    /// <summary>struct scmp_arg_cmp: one condition on one argument.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct scmp_arg_cmp
    {
        public uint arg;
        public int op;
        public ulong datum_a;
        public ulong datum_b;
    }
}
