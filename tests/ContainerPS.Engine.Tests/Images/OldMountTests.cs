using System.Diagnostics;
using System.Runtime.InteropServices;
using ContainerPS.Engine.Common;
using ContainerPS.Engine.Images;
using ContainerPS.Engine.Tests.Containers;
using ContainerPS.Engine.Tests.Layers;
using ContainerPS.Native.Linux;
using ContainerPS.Native.Mounts;

namespace ContainerPS.Engine.Tests.Images;

/// <summary>Images of many layers on a kernel before 6.5: in a process of its own, which is told to mount as on such a kernel.</summary>
[Collection(KernelTests.Name)]
public sealed class OldMountTests
{
    /// <summary>What a dynamically linked dash needs.</summary>
    private static readonly string[] Program = ["/bin/dash", "/lib64/ld-linux-x86-64.so.2", "/lib/x86_64-linux-gnu/libc.so.6"];

    [SkippableTheory]
    [InlineData(120, "120 files")]
    [InlineData(150, ErrorIds.ImageNotRunnable)]
    public void A_container_of_many_layers_runs_by_their_short_links_or_is_refused_at_create(int layers, string expected)
    {
        TestStore.NeedsRoot();
        Skip.IfNot(
            RuntimeInformation.OSArchitecture is Architecture.X64 && Program.All(File.Exists),
            "Debian's dash is not on this machine"
        );
        using var scratch = new Scratch();
        using var store = new TestStore();
        string layout = new TestLayout(scratch.In("many")).AddImage([Base(), .. LayersOf(layers - 1)], "v1").Write();
        Image image = Assert.Single(store.Engine.Images.Import(layout));
        Assert.Equal(expected, Run(store, image.ToString()));
    }

    private static string Run(TestStore store, string image)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        start.Environment[OverlayOptions.ApiVariable] = "mount";
        foreach (
            string text in (string[])
                [
                    "exec",
                    typeof(OldMountTests).Assembly.Location,
                    CrashHelper.Verb,
                    store.Options.Root!,
                    "run",
                    image,
                    store.Options.RunRoot!,
                    store.Options.CgroupParent!,
                ]
        )
        {
            start.ArgumentList.Add(text);
        }

        using Process helper = Process.Start(start)!;
        Assert.Equal("ready", helper.StandardOutput.ReadLine());
        string said = helper.StandardOutput.ReadLine()!;
        helper.WaitForExit();
        return said;
    }

    private static byte[] Base()
    {
        TestTar tar = new TestTar().Directory("l").File("l/base", "");
        foreach (string path in Program)
        {
            tar.Entry(path[1..], '0', File.ReadAllBytes(path), mode: (int)Modes.Mode0755);
        }

        return tar.End();
    }

    private static byte[][] LayersOf(int count) => [.. Enumerable.Range(0, count).Select(i => new TestTar().File($"l/f{i}", "x").End())];
}
