using ContainerPS.Native.Launch;
using ContainerPS.Native.Launch.Planner;
using ContainerPS.Native.Oci;
using static ContainerPS.Native.Tests.Planner.PlannerFixture;

namespace ContainerPS.Native.Tests.Planner;

public sealed class PlannerRuleTests
{
    [Fact]
    public void A_terminal_is_refused_before_anything_is_done() =>
        AssertRefused(DockerLike() with { Process = DockerLike().Process! with { Terminal = true } }, "terminal");

    [Fact]
    public void A_missing_bind_source_is_named() =>
        AssertRefused(
            DockerLike() with
            {
                Mounts =
                [
                    new Mount
                    {
                        Destination = "/x",
                        Type = "bind",
                        Source = "/nowhere",
                        Options = ["bind"],
                    },
                ],
            },
            "/nowhere does not exist"
        );

    [Fact]
    public void A_kernel_parameter_of_the_host_is_refused() => AssertRefused(WithSysctl("kernel.panic"), "belongs to the host");

    [Fact]
    public void A_kernel_parameter_of_a_shared_namespace_is_refused()
    {
        Spec spec = WithSysctl("net.ipv4.ip_forward");
        AssertRefused(spec with { Linux = spec.Linux! with { Namespaces = NewNamespaces("mount", "pid", "uts") } }, "shares with the host");
    }

    [Theory]
    [InlineData("net.ipv4.ip_forward/../../../kernel.core_pattern")]
    [InlineData("net/../kernel/core_pattern")]
    public void A_kernel_parameter_cannot_climb(string name) => AssertRefused(WithSysctl(name), "namespace");

    [Fact]
    public void An_unknown_capability_is_refused()
    {
        Process process = DockerLike().Process! with { Capabilities = new LinuxCapabilities { Bounding = ["CAP_FLY"] } };
        AssertRefused(DockerLike() with { Process = process }, "CAP_FLY");
    }

    [Fact]
    public void A_container_without_a_mount_namespace_is_refused() =>
        AssertRefused(
            DockerLike() with
            {
                Linux = new Oci.Linux { Namespaces = NewNamespaces("pid") },
                Hostname = null,
            },
            "mount namespace"
        );

    [Fact]
    public void A_command_without_a_slash_is_looked_for_in_the_containers_PATH() =>
        Assert.Equal(["/usr/bin/httpd", "/bin/httpd"], ProcessSteps.Candidates(DockerLike().Process!));

    [Fact]
    public void A_command_with_a_slash_is_taken_as_it_is() =>
        Assert.Equal(["./run"], ProcessSteps.Candidates(DockerLike().Process! with { Args = ["./run"] }));

    [Theory]
    [InlineData("/a/../../b", "/b")]
    [InlineData("a//b/./c/", "/a/b/c")]
    [InlineData("/", "/")]
    public void Container_paths_are_cleaned_without_leaving_the_root(string path, string clean) =>
        Assert.Equal(clean, ContainerPath.Clean(path));

    [Fact]
    public void Five_hundred_layers_fit_a_plan_of_a_new_kernel()
    {
        string[] layers = Enumerable.Range(0, 500).Select(number => $"/store/layers/{number:d64}/fs").ToArray();
        LaunchRequest request = Request(DockerLike(), new RootFsSource.Overlay(layers, "/u", "/w", false, false), Kept);
        Assert.Contains(
            layers[499],
            ContainerPlanner.Plan(request, Facts(), V1Cgroup, new HandedOver(), null).ToText(),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void The_hosts_own_root_can_be_a_layer_before_layers_were_options_of_their_own()
    {
        LaunchRequest request = Request(
            DockerLike(),
            new RootFsSource.Overlay(["/store/layers/init/fs", "/"], "/u", "/w", false, false),
            Kept
        );
        string text = ContainerPlanner.Plan(request, Facts("6.1"), V1Cgroup, new HandedOver(), null).ToText();
        Assert.Contains("lowerdir=store/layers/init/fs:.,", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_masked_path_that_this_kernel_does_not_have_costs_nothing()
    {
        string text = ContainerPlanner.Plan(Request(DockerLike(), monitor: Kept), Facts(), V1Cgroup, new HandedOver(), null).ToText();
        Assert.DoesNotContain("asound", text, StringComparison.Ordinal);
        Assert.Contains("masking /proc/keys", text, StringComparison.Ordinal);
    }

    private static Spec WithSysctl(string name) =>
        DockerLike() with
        {
            Linux = DockerLike().Linux! with { Sysctl = new Dictionary<string, string> { [name] = "1" } },
        };

    private static void AssertRefused(Spec spec, string reason)
    {
        LaunchException failure = Assert.Throws<LaunchException>(() =>
            ContainerPlanner.Plan(Request(spec, monitor: Kept), Facts(), V1Cgroup, new HandedOver(), null)
        );
        Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_plan_that_nobody_sees_as_text_is_the_same_and_explains_its_failures_alike()
    {
        Plan shown = ContainerPlanner.Plan(Request(DockerLike(), monitor: Kept), Facts(), V1Cgroup, new HandedOver(), null).Build();
        Plan unseen = ContainerPlanner
            .Plan(Request(DockerLike(), monitor: Kept), Facts() with { ShowsPlans = false }, V1Cgroup, new HandedOver(), null)
            .Build();

        Assert.Equal(shown.Block, unseen.Block);
        Assert.Equal(Sentences(shown), Sentences(unseen));
        Assert.Contains("mounting proc on /proc", Sentences(unseen));
        Assert.Contains("making proc for /proc", Sentences(unseen));
        Assert.Contains("cloning the container's first process", Sentences(unseen));
    }

    private static string[] Sentences(Plan plan) =>
        [
            .. new[] { PlanTrackName.Parent, PlanTrackName.Child }.SelectMany(track =>
                Enumerable
                    .Range(0, 1000)
                    .TakeWhile(operation => plan.CodeOf(track, operation) != 0)
                    .Select(operation => plan.SentenceOf(track, operation))
            ),
        ];
}
