using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using ContainerPS.Native.Interop;

namespace ContainerPS.Native.Tests.Interop;

/// <summary>Every constant and every structure of the interop room against what a C compiler makes of this host's headers.</summary>
public sealed class CompiledHeaderTests
{
    // These define what others define too (glibc 2.36): each is looked at in a program of its own.
    private static readonly string[] Loners = ["sys/mount.h", "linux/pidfd.h"];

    private static readonly string[] Headers =
    [
        "stdio.h",
        "stddef.h",
        "errno.h",
        "fcntl.h",
        "unistd.h",
        "sys/stat.h",
        "linux/stat.h",
        "time.h",
        "sys/file.h",
        "signal.h",
        "linux/mount.h",
        "sched.h",
        "linux/sched.h",
        "sys/prctl.h",
        "linux/openat2.h",
        "linux/close_range.h",
        "poll.h",
        "sys/wait.h",
        "sys/xattr.h",
        "sys/mman.h",
        "linux/magic.h",
        "sys/vfs.h",
        "linux/bpf.h",
        "linux/capability.h",
        "linux/seccomp.h",
        "linux/filter.h",
        "linux/audit.h",
        "linux/keyctl.h",
        "sys/resource.h",
        "sys/socket.h",
        "spawn.h",
        "sys/inotify.h",
        "sys/eventfd.h",
        "sys/personality.h",
        "linux/fs.h",
        "linux/nsfs.h",
        "linux/loop.h",
        "linux/futex.h",
        "sys/ioctl.h",
        "dirent.h",
        "sys/syscall.h",
    ];

    /// <summary>Younger than Debian 12's headers (Linux 6.1): compared where the headers have them.</summary>
    private static readonly HashSet<string> Young = new(StringComparer.Ordinal)
    {
        "FSCONFIG_CMD_CREATE_EXCL",
        "MOVE_MOUNT_BENEATH",
        "PR_SET_MDWE",
        "MFD_NOEXEC_SEAL",
        "MFD_EXEC",
        "STATX_MNT_ID_UNIQUE",
        "PID_FS_MAGIC",
        "F_SEAL_EXEC",
        "PIDFD_THREAD",
        "PIDFD_GET_INFO",
        "PIDFD_INFO_PID",
        "PIDFD_INFO_CREDS",
        "PIDFD_INFO_CGROUPID",
        "PIDFD_INFO_EXIT",
        "PIDFD_INFO_SIZE_VER0",
    };

    private static readonly HashSet<string> YoungStructures = new(StringComparer.Ordinal) { "pidfd_info" };

    /// <summary>A structure of ours that is one view of a union, or one that C knows by another name.</summary>
    private static readonly Dictionary<string, (string Type, string Prefix, bool IsView)> Spellings = new(StringComparer.Ordinal)
    {
        ["siginfo_t"] = ("siginfo_t", "", false),
        ["sigset_t"] = ("sigset_t", "", false),
        ["posix_spawnattr_t"] = ("posix_spawnattr_t", "", false),
        ["posix_spawn_file_actions_t"] = ("posix_spawn_file_actions_t", "", false),
        ["bpf_attr_prog_load"] = ("union bpf_attr", "", true),
        ["bpf_attr_prog_attach"] = ("union bpf_attr", "", true),
        ["bpf_attr_prog_query"] = ("union bpf_attr", "query.", true),
        ["bpf_attr_get_id"] = ("union bpf_attr", "", true),
    };

    [SkippableFact]
    public void Constants_are_those_of_the_headers()
    {
        Dictionary<string, string> ours = Constants();
        Dictionary<string, string> theirs = Values(Headers, ours.Keys);
        foreach (string header in Loners)
        {
            string[] rest = [.. ours.Keys.Where(name => theirs[name] == "absent")];
            foreach ((string name, string value) in Values(["stdio.h", header], rest))
            {
                theirs[name] = value;
            }
        }

        Assert.True(ours.Count > 700, $"only {ours.Count} constants were found");
        Assert.DoesNotContain(ours.Keys, name => theirs[name] == "absent" && !Young.Contains(name));
        Assert.Empty(
            ours.Where(pair => theirs[pair.Key] is not "absent" && theirs[pair.Key] != pair.Value)
                .Select(pair => $"{pair.Key}: ours {pair.Value}, C {theirs[pair.Key]}")
        );
    }

    [SkippableFact]
    public void System_call_numbers_are_those_of_the_headers()
    {
        Dictionary<string, string> ours = typeof(SYS)
            .GetFields(BindingFlags.Public | BindingFlags.Static)
            .ToDictionary(field => "__NR_" + field.Name, field => Text(field.GetValue(null)!), StringComparer.Ordinal);
        Dictionary<string, string> theirs = Values(Headers, ours.Keys);

        Assert.True(ours.Count > 300);
        Assert.Empty(
            ours.Where(pair => theirs[pair.Key] != pair.Value).Select(pair => $"{pair.Key}: ours {pair.Value}, C {theirs[pair.Key]}")
        );
    }

    /// <summary>The shim's list is its own, because it is compiled into a program without this library.</summary>
    [SkippableFact]
    public void The_system_calls_of_plans_and_shim_have_the_numbers_of_the_headers()
    {
        Skip.IfNot(RuntimeInformation.ProcessArchitecture == Architecture.X64, "the shim is x86-64's");
        Dictionary<string, string> ours = Enum.GetValues<Launch.SystemCall>()
            .ToDictionary(call => "__NR_" + call, call => Text((int)call), StringComparer.Ordinal);
        Dictionary<string, string> theirs = Values(Headers, ours.Keys);

        Assert.True(ours.Count > 100);
        Assert.Empty(
            ours.Where(pair => theirs[pair.Key] != pair.Value).Select(pair => $"{pair.Key}: ours {pair.Value}, C {theirs[pair.Key]}")
        );
    }

    [SkippableFact]
    public void Structures_are_laid_out_as_the_compiler_does()
    {
        StringBuilder program = Begin(Headers);
        Dictionary<string, string> ours = new(StringComparer.Ordinal);
        foreach (Type type in Structures())
        {
            Describe(type, ours, program);
        }

        string output = CCompiler.Run(CCompiler.Compile(program.Append("return 0; }\n").ToString(), "structures"));

        Assert.True(ours.Count > 140, $"only {ours.Count} facts were compared");
        Assert.Equal(
            ours.OrderBy(pair => pair.Key, StringComparer.Ordinal),
            Parse(output).OrderBy(pair => pair.Key, StringComparer.Ordinal)
        );
    }

    [Fact]
    public void Only_the_interop_room_declares_what_comes_from_outside()
    {
        IEnumerable<MethodInfo> outside = typeof(Libc)
            .Assembly.GetTypes()
            .Where(type => type != typeof(Libc))
            .SelectMany(type =>
                type.GetMethods(BindingFlags.DeclaredOnly | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
            )
            .Where(method => method.Attributes.HasFlag(MethodAttributes.PinvokeImpl));
        Assert.Empty(
            outside
                .Where(method => method.DeclaringType!.Namespace != typeof(Libc).Namespace)
                .Select(method => $"{method.DeclaringType}.{method.Name}")
        );
    }

    private static Dictionary<string, string> Constants() =>
        typeof(Libc)
            .GetFields(BindingFlags.Public | BindingFlags.Static)
            .ToDictionary(field => field.Name, field => Text(field.GetValue(null)!), StringComparer.Ordinal);

    private static IEnumerable<Type> Structures() =>
        typeof(Libc)
            .Assembly.GetTypes()
            .Where(type => type is { IsValueType: true, IsEnum: false, IsNested: false } && type.Namespace == typeof(Libc).Namespace);

    // All values as 64 unsigned bits: C's int -100 and ours print alike.
    private static string Text(object value) =>
        value switch
        {
            ulong big => big.ToString(CultureInfo.InvariantCulture),
            uint or byte or ushort => Convert.ToUInt64(value, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture),
            _ => unchecked((ulong)Convert.ToInt64(value, CultureInfo.InvariantCulture)).ToString(CultureInfo.InvariantCulture),
        };

    private static bool IsEnumerator(string name) =>
        name.StartsWith("BPF_PROG_", StringComparison.Ordinal)
        || name.StartsWith("FSCONFIG_", StringComparison.Ordinal)
        || name.StartsWith("BPF_REG_", StringComparison.Ordinal)
        || name.StartsWith("BPF_DEVCG_", StringComparison.Ordinal)
        || name.StartsWith("LO_FLAGS_", StringComparison.Ordinal)
        || name
            is "BPF_CGROUP_DEVICE"
                or "P_ALL"
                or "P_PID"
                or "P_PGID"
                or "P_PIDFD"
                or "PER_LINUX"
                or "PER_LINUX32"
                or "ADDR_NO_RANDOMIZE";

    private static Dictionary<string, string> Values(string[] headers, IEnumerable<string> names)
    {
        StringBuilder program = Begin(headers);
        bool hasEnumerators = headers.Contains("linux/bpf.h");
        foreach (string name in names)
        {
            string print = $"printf(\"{name}=%llu\\n\", (unsigned long long)({name}));";
            bool compiled = IsEnumerator(name) && hasEnumerators && !Young.Contains(name);
            program.Append(compiled ? print + "\n" : $"#ifdef {name}\n{print}\n#else\nputs(\"{name}=absent\");\n#endif\n");
        }

        return Parse(CCompiler.Run(CCompiler.Compile(program.Append("return 0; }\n").ToString(), "constants")));
    }

    private static StringBuilder Begin(string[] headers) =>
        new StringBuilder("#define _GNU_SOURCE\n")
            .AppendJoin("", headers.Select(header => $"#include <{header}>\n"))
            .Append("int main(void) {\n");

    private static void Describe(Type type, Dictionary<string, string> ours, StringBuilder program)
    {
        if (YoungStructures.Contains(type.Name))
        {
            return;
        }

        (string spelled, string prefix, bool isView) = Spellings.GetValueOrDefault(type.Name, ($"struct {type.Name}", "", false));
        if (!isView)
        {
            ours[type.Name] = Marshal.SizeOf(type).ToString(CultureInfo.InvariantCulture);
            program.Append(CultureInfo.InvariantCulture, $"printf(\"{type.Name}=%zu\\n\", sizeof({spelled}));\n");
        }

        // C has two bit fields where ours has dst_src: they have no offset to ask for.
        foreach (
            FieldInfo field in type.GetFields(BindingFlags.Public | BindingFlags.Instance)
                .Where(field => field.Name is not ("dst_src" or "__reserved" or "__spare0" or "__spare3"))
        )
        {
            string key = $"{type.Name}.{field.Name}";
            ours[key] = Marshal.OffsetOf(type, field.Name).ToString();
            program.Append(CultureInfo.InvariantCulture, $"printf(\"{key}=%zu\\n\", offsetof({spelled}, {prefix}{field.Name}));\n");
        }
    }

    private static Dictionary<string, string> Parse(string output) =>
        output
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split('='))
            .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
}
