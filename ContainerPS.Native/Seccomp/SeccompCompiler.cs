using System.Runtime.InteropServices;
using ContainerPS.Native.Oci;
using Microsoft.Win32.SafeHandles;

namespace ContainerPS.Native.Seccomp;

/// <summary>
/// An OCI profile to BPF, by libseccomp and <see cref="SeccompCompaction"/>. Costs about 10 ms of processor time: ask
/// <see cref="SeccompCache"/> instead.
/// </summary>
internal static class SeccompCompiler
{
    // enum scmp_filter_attr; 2 makes a binary tree instead of a chain of comparisons
    private const int AttributeOptimize = 8;
    private const uint OptimizeTree = 2;

    private const int EEXIST = 17;

    private const uint NotImplemented = SeccompNames.ActionErrno | 38;

    public static SeccompFilter Compile(LinuxSeccomp profile)
    {
        SeccompFilter filter = CompileWhole(profile);
        return filter with { Program = SeccompCompaction.Compact(filter.Program, LibSeccomp.Load().NativeArchitecture) };
    }

    /// <summary>The stub and libseccomp's program as it is.</summary>
    internal static SeccompFilter CompileWhole(LinuxSeccomp profile)
    {
        var library = LibSeccomp.Load();
        nint context = library.Create(SeccompNames.Action(profile.DefaultAction, profile.DefaultErrnoRet));
        try
        {
            List<uint> architectures = AddArchitectures(library, context, profile);
            // Not known before libseccomp 2.5: then the chain of comparisons stays.
            _ = library.SetAttribute(context, AttributeOptimize, OptimizeTree);
            AddRules(library, context, profile);
            byte[] program = Export(library, context);
            return new SeccompFilter([.. Stub(library, profile, architectures), .. program], SeccompNames.FlagBits(profile.Flags));
        }
        finally
        {
            library.Release(context);
        }
    }

    /// <summary>The native one is in a new context already; one that this libseccomp does not know cannot run here either.</summary>
    private static List<uint> AddArchitectures(LibSeccomp library, nint context, LinuxSeccomp profile)
    {
        var added = new List<uint> { library.NativeArchitecture };
        foreach (string name in profile.Architectures ?? [])
        {
            uint token = library.ResolveArchitecture(SeccompNames.Architecture(name));
            if (token == 0 || added.Contains(token))
            {
                continue;
            }

            int result = library.AddArchitecture(context, token);
            Check(result == -EEXIST ? 0 : result, $"adding the architecture {name}");
            added.Add(token);
        }

        return added;
    }

    private static void AddRules(LibSeccomp library, nint context, LinuxSeccomp profile)
    {
        uint defaultAction = SeccompNames.Action(profile.DefaultAction, profile.DefaultErrnoRet);
        foreach (LinuxSyscall rule in profile.Syscalls ?? [])
        {
            uint action = SeccompNames.Action(rule.Action, rule.ErrnoRet);
            // libseccomp refuses a rule that says what the default says.
            if (action != defaultAction)
            {
                AddRule(library, context, rule, action);
            }
        }
    }

    private static void AddRule(LibSeccomp library, nint context, LinuxSyscall rule, uint action)
    {
        LibSeccomp.scmp_arg_cmp[][] alternatives = Alternatives(rule.Args ?? []);
        foreach (string name in rule.Names)
        {
            // A number of the native architecture, or a pseudo number below -1 for a call that only others have: libseccomp translates
            // both.
            int number = library.ResolveSyscall(library.NativeArchitecture, name);
            if (number == -1)
            {
                continue;
            }

            foreach (LibSeccomp.scmp_arg_cmp[] conditions in alternatives)
            {
                Check(library.AddRule(context, action, number, conditions), $"the rule for {name}");
            }
        }
    }

    /// <summary>
    /// Conditions on different arguments must all hold. libseccomp takes one condition an argument: several on the same are alternatives,
    /// as runc reads them.
    /// </summary>
    private static LibSeccomp.scmp_arg_cmp[][] Alternatives(IReadOnlyList<LinuxSeccompArg> arguments)
    {
        LibSeccomp.scmp_arg_cmp[] conditions = arguments
            .Select(argument => new LibSeccomp.scmp_arg_cmp
            {
                arg = argument.Index,
                op = SeccompNames.Operator(argument.Op),
                datum_a = argument.Value,
                datum_b = argument.ValueTwo,
            })
            .ToArray();
        bool repeated = arguments.DistinctBy(argument => argument.Index).Count() != arguments.Count;
        return repeated ? [.. conditions.Select(condition => (LibSeccomp.scmp_arg_cmp[])[condition])] : [conditions];
    }

    /// <summary>
    /// Only for lists of what is allowed: where unknown calls are allowed, or get ENOSYS anyway, there is nothing to put right.
    /// </summary>
    private static byte[] Stub(LibSeccomp library, LinuxSeccomp profile, List<uint> architectures)
    {
        uint action = SeccompNames.Action(profile.DefaultAction, profile.DefaultErrnoRet);
        if (
            action is SeccompNames.ActionAllow or SeccompNames.ActionLog or NotImplemented
            || action >> 16 == SeccompNames.ActionTrace >> 16
        )
        {
            return [];
        }

        string[] names = (profile.Syscalls ?? []).SelectMany(rule => rule.Names).Distinct().ToArray();
        (uint architecture, uint)[] limits = architectures
            .Where(architecture => !IsX32(architecture))
            .Select(architecture => (architecture, Highest: names.Max(name => library.ResolveSyscall(architecture, name))))
            .Where(limit => limit.Highest > 0)
            .Select(limit => (limit.architecture, (uint)limit.Highest))
            .ToArray();
        return UnknownCallStub.Make(limits);
    }

    private static bool IsX32(uint architecture) => architecture == 0x4000_003e;

    private static byte[] Export(LibSeccomp library, nint context)
    {
        string path = Path.GetTempFileName();
        try
        {
            using (SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Write))
            {
                Check(library.Export(context, (int)file.DangerousGetHandle()), "the export of the filter");
            }

            return File.ReadAllBytes(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static void Check(int result, string what)
    {
        if (result < 0)
        {
            throw new SeccompException($"libseccomp refused {what}: {Marshal.GetPInvokeErrorMessage(-result)} ({-result}).");
        }
    }
}
