using System.Text.RegularExpressions;

namespace ContainerPS.House.Tests;

/// <summary>
/// A test that lets time pass until something ought to have happened fails on a busy machine, and one that lets time pass to see that
/// nothing happens proves nothing.
/// </summary>
public sealed partial class TestsDoNotSleep
{
    /// <summary>A wait until something is so, and the random moments at which tests kill.</summary>
    private static readonly string[] Sleepers = ["tests/Shared/Eventually.cs", "tests/Shared/RandomMoments.cs"];

    [Fact]
    public void Only_Eventually_and_random_moments_let_time_pass()
    {
        string[] tests = [.. SourceTree.AllFiles().Where(IsTest)];
        string[] hits =
        [
            .. tests
                .Except(Sleepers)
                .SelectMany(path =>
                    Sleeps()
                        .Matches(SourceTree.CodeOf(File.ReadAllText(Path.Combine(SourceTree.Root, path))))
                        .Select(match => $"{path}: {match.Value}")
                ),
        ];

        Assert.Subset(tests.ToHashSet(), Sleepers.ToHashSet());
        Assert.True(
            hits.Length == 0,
            "wait with Eventually; prove that something does not happen by a later event or by the state of the process (ProcessState):\n"
                + string.Join('\n', hits)
        );
    }

    [Theory]
    [InlineData("Thread.Sleep(10)")]
    [InlineData("await Task.Delay(10)")]
    [InlineData("SpinWait.SpinUntil(() => done, 10)")]
    [InlineData("handle.WaitOne(10)")]
    [InlineData("handle.WaitOne(TimeSpan.FromSeconds(1), false)")]
    [InlineData("usleep(10)")]
    [InlineData("using PeriodicTimer timer = new(time)")]
    public void Every_way_to_sleep_is_found(string code) => Assert.Matches(Sleeps(), SourceTree.CodeOf(code));

    [Theory]
    [InlineData("// Thread.Sleep would be too short here.")]
    [InlineData("string script = \"usleep(10)\";")]
    [InlineData("handle.WaitOne()")]
    public void What_is_no_sleep_is_not(string code) => Assert.DoesNotMatch(Sleeps(), SourceTree.CodeOf(code));

    private static bool IsTest(string path) => path.StartsWith("tests/", StringComparison.Ordinal) && Path.GetExtension(path) == ".cs";

    [GeneratedRegex(
        @"\bThread\s*\.\s*Sleep\b|\bTask\s*\.\s*Delay\b|\bSpinUntil\b|\.\s*WaitOne\s*\(\s*[^)\s]|\bu?sleep\s*\(|\bPeriodicTimer\b"
    )]
    private static partial Regex Sleeps();
}
