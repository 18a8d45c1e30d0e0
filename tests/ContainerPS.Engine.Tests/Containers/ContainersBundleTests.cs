using System.Text.Json;
using ContainerPS.Native.Oci;
using ContainerPS.Native.Runtime;

namespace ContainerPS.Engine.Tests.Containers;

/// <summary>Bundles that other tools, and our own runtime, have made.</summary>
[Collection(KernelTests.Name)]
public sealed class ContainersBundleTests : IDisposable
{
    private readonly TestStore _store = new();
    private readonly DirectoryInfo _bundle = Directory.CreateTempSubdirectory("containerps-test-");

    private ContainerEngine Engine => _store.Engine;

    public void Dispose()
    {
        _store.Dispose();
        _bundle.Delete(recursive: true);
    }

    /// <summary>`containerps spec` and `runc spec` forbid all devices, and mean that the standard ones work.</summary>
    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_standard_devices_work_in_a_bundle_that_forbids_all(bool isLimited)
    {
        TestStore.NeedsRoot();
        Spec spec = DefaultSpec.Make();
        Assert.False(Assert.Single(spec.Linux!.Resources!.Devices!).Allow);
        Write(
            spec,
            "echo devices >/dev/null && head -c 1 /dev/zero | wc -c && head -c 1 /dev/urandom | wc -c; cat /dev/full | head -c 1 | wc -c"
        );

        using ContainerRun run = Engine.Containers.Run(
            new ContainerDefinition
            {
                OciSpecPath = _bundle.FullName,
                Limits = new CgroupLimitRequest { PidsMax = isLimited ? 50 : null },
            }
        );

        ExecResult result = run.Wait();
        Assert.Equal((0, "1 1 1", ""), (result.ExitCode, string.Join(' ', result.Stdout), string.Join(' ', result.Stderr)));
    }

    [SkippableFact]
    public void An_exec_into_such_a_bundle_and_its_second_start_work_too()
    {
        TestStore.NeedsRoot();
        Write(DefaultSpec.Make(), "sleep 1000");
        Container container = Engine.Containers.Create(new ContainerDefinition { OciSpecPath = _bundle.FullName });
        for (int i = 0; i < 2; i++)
        {
            Engine.Containers.Start(container);
            using ContainerExec exec = Engine.Containers.Exec(
                container,
                new ExecDefinition { Command = ["sh", "-c", "echo seen >/dev/null && echo whole"] }
            );
            Assert.Equal(["whole"], exec.Wait().Stdout);
            Engine.Containers.Kill(container);
            Engine.Containers.Wait(container, Eventually.Bound);
        }
    }

    private void Write(Spec spec, string script)
    {
        spec = spec with
        {
            Root = spec.Root! with { Path = "/" },
            Process = spec.Process! with { Args = ["sh", "-c", script], Terminal = false },
        };
        File.WriteAllBytes(_bundle.FullName + "/config.json", JsonSerializer.SerializeToUtf8Bytes(spec, OciJson.Default.Spec));
    }
}
