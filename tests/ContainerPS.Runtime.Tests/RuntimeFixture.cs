using System.Diagnostics;
using System.Text.Json;
using ContainerPS.Native.Cgroups;
using ContainerPS.Native.Linux;
using ContainerPS.Native.Oci;
using ContainerPS.Native.Runtime;

namespace ContainerPS.Runtime.Tests;

internal sealed record Result(int Code, string Output, string Error);

/// <summary>
/// A bundle, a runtime root and a cgroup of one test. Disposing it removes all three and proves that nothing is left: no process in the
/// cgroup, no mount below the bundle, no directory of a container.
/// </summary>
internal sealed class RuntimeFixture : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("containerps-test-").FullName;
    private readonly string _cgroup = $"/containerps-test-{Guid.NewGuid():n}";

    public RuntimeFixture()
    {
        Skip.IfNot(HostFacts.IsRoot, "needs root");
        Skip.If(BusyBox.Path is null, "needs a static busybox (Debian: busybox-static)");
        Skip.IfNot(File.Exists(Executable), "needs containerps, which was not built (SkipContainerPs)");
        BusyBox.MakeRootFs(RootFs);
    }

    public static string Executable => Path.Combine(AppContext.BaseDirectory, "containerps");

    public string Bundle => _directory;
    public string RootFs => $"{_directory}/rootfs";
    public string Root => $"{_directory}/root";
    public string Cgroup => $"{_cgroup}/c";
    public string LogPath => $"{_directory}/log.json";

    /// <summary>What `containerps spec` writes, with this command and a cgroup of the test's own.</summary>
    public Spec Spec(params string[] command)
    {
        Spec spec = DefaultSpec.Make();
        return spec with
        {
            Process = spec.Process! with { Args = command, Rlimits = null },
            Root = new ContainerPS.Native.Oci.Root { Path = "rootfs" },
            Linux = spec.Linux! with { CgroupsPath = Cgroup },
        };
    }

    public void Write(Spec spec) =>
        File.WriteAllBytes($"{Bundle}/config.json", JsonSerializer.SerializeToUtf8Bytes(spec, OciJson.Default.Spec));

    /// <summary>Writes the spec and runs it to its end.</summary>
    public Result Run(Spec spec)
    {
        Write(spec);
        return Call("run", "--bundle", Bundle, "c");
    }

    /// <summary>A shell command in the default container.</summary>
    public Result Shell(string command, Func<Spec, Spec>? change = null) => Run((change ?? (spec => spec))(Spec("sh", "-c", command)));

    public void Create(Spec spec)
    {
        Write(spec);
        Result created = Call("create", "--bundle", Bundle, "c");
        Assert.True(created.Code == 0, created.Error);
    }

    public Result Call(params string[] arguments) => CallWithInput(null, arguments);

    /// <summary>`create` leaves a process with our pipes open: their end is not waited for, only containerps's own.</summary>
    public Result CallWithInput(string? input, params string[] arguments) =>
        CallWith("exec \"$0\" \"$@\" >\"$OUT\" 2>\"$ERR\"", input, arguments);

    /// <summary>Some of the standard streams are closed: "0&lt;&amp;- 2&gt;&amp;-".</summary>
    public Result CallWithClosed(string closed, params string[] arguments) =>
        CallWith($"exec \"$0\" \"$@\" >\"$OUT\" 2>\"$ERR\" {closed}", null, arguments);

    private Result CallWith(string script, string? input, string[] arguments)
    {
        (string? output, string? error) = ($"{_directory}/out", $"{_directory}/err");
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardInput = true, UseShellExecute = false };
        foreach (
            string argument in (string[])["-c", script, Executable, "--root", Root, "--log", LogPath, "--log-format", "json", .. arguments]
        )
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["OUT"] = output;
        start.Environment["ERR"] = error;
        using System.Diagnostics.Process process = System.Diagnostics.Process.Start(start)!;
        process.StandardInput.Write(input ?? "");
        process.StandardInput.Close();
        Assert.True(process.WaitForExit(Eventually.Bound), $"containerps {string.Join(' ', arguments)} did not end");
        return new Result(process.ExitCode, File.ReadAllText(output), File.ReadAllText(error));
    }

    public string Status() => State().Status;

    public State State()
    {
        Result result = Call("state", "c");
        Assert.True(result.Code == 0, result.Error);
        return JsonSerializer.Deserialize(result.Output, OciJson.Default.State)!;
    }

    /// <summary>Waits for what happens a moment later, such as the end of a killed process.</summary>
    public void Await(string status) => Eventually.Sees(Status, seen => seen == status, $"the status {status}");

    public string? CgroupFile(string controller, string name) =>
        CgroupHost.Detect().Open(Cgroup).DirectoryOf(controller) is { } directory && File.Exists($"{directory}/{name}")
            ? File.ReadAllText($"{directory}/{name}").Trim()
            : null;

    public void Dispose()
    {
        if (!Directory.Exists(_directory))
        {
            return;
        }

        if (Directory.Exists($"{Root}/c"))
        {
            Call("delete", "--force", "c");
        }

        ContainerPS.Native.Cgroups.Cgroup group = CgroupHost.Detect().Open(_cgroup);
        IReadOnlyList<int> left = group.Processes();
        group.Remove(Eventually.Bound);
        Assert.Empty(left);
        Assert.DoesNotContain(_directory, File.ReadAllText("/proc/self/mountinfo"), StringComparison.Ordinal);
        Assert.False(Directory.Exists($"{Root}/c"), "the container's directory is still there");
        Directory.Delete(_directory, recursive: true);
    }
}
