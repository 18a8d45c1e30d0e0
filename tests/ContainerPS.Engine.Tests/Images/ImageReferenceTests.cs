using CsCheck;

namespace ContainerPS.Engine.Tests.Images;

public sealed class ImageReferenceTests
{
    private const string Hex = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    private const string Sha = "sha256:" + Hex;

    [Theory]
    [InlineData("busybox", "docker.io/library/busybox:latest", "busybox")]
    [InlineData("busybox:1.36", "docker.io/library/busybox:1.36", "busybox:1.36")]
    [InlineData("docker.io/busybox", "docker.io/library/busybox:latest", "busybox")]
    [InlineData("index.docker.io/library/busybox:latest", "docker.io/library/busybox:latest", "busybox")]
    [InlineData("me/app", "docker.io/me/app:latest", "me/app")]
    [InlineData("library/x/y", "docker.io/library/x/y:latest", "library/x/y")]
    // The short form may not name another registry, or an id.
    [InlineData("docker.io/quay.io/app", "docker.io/quay.io/app:latest", "docker.io/quay.io/app")]
    [InlineData("docker.io/localhost/app:v1", "docker.io/localhost/app:v1", "docker.io/localhost/app:v1")]
    [InlineData("library/" + Hex, "docker.io/library/" + Hex + ":latest", "library/" + Hex)]
    [InlineData("localhost/app:v1", "localhost/app:v1", "localhost/app:v1")]
    [InlineData("localhost:5000/app", "localhost:5000/app:latest", "localhost:5000/app")]
    [InlineData("quay.io/a/b/c:x_Y.z-1", "quay.io/a/b/c:x_Y.z-1", "quay.io/a/b/c:x_Y.z-1")]
    [InlineData("[::1]:5000/app", "[::1]:5000/app:latest", "[::1]:5000/app")]
    [InlineData("busybox@" + Sha, "docker.io/library/busybox", "busybox@" + Sha)]
    [InlineData("busybox:1@" + Sha, "docker.io/library/busybox:1", "busybox:1@" + Sha)]
    public void Names_are_completed_by_dockers_rules_and_shown_short(string text, string full, string shown)
    {
        var reference = ImageReference.Parse(text);
        Assert.Equal((full, shown), (reference.FullName, reference.ToString()));
        Assert.Equal(reference, ImageReference.Parse(reference.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Busybox")]
    [InlineData("a//b")]
    [InlineData("a:")]
    [InlineData("a:-x")]
    [InlineData("-a")]
    [InlineData("a b")]
    [InlineData("a@sha256:12")]
    [InlineData("../a")]
    [InlineData("a/../b")]
    [InlineData("a\n")]
    [InlineData(Hex)]
    public void What_is_no_reference_says_so(string text)
    {
        Assert.False(ImageReference.TryParse(text, out _));
        Assert.Equal(ErrorIds.ImageReferenceInvalid, Assert.Throws<EngineException>(() => ImageReference.Parse(text)).ErrorId);
    }

    /// <summary>What is shown can be typed, and what is stored can be read, without meaning another image.</summary>
    [Fact]
    public void Any_reference_reads_back_from_its_texts() =>
        Texts.Sample(
            text =>
                !ImageReference.TryParse(text, out ImageReference? reference)
                || (
                    ImageReference.Parse(reference.ToString()) == reference
                    && (reference.Tag is null || ImageReference.Parse(reference.FullName).FullName == reference.FullName)
                ),
            iter: 10_000
        );

    [Fact]
    public void Most_texts_of_the_property_above_are_references() =>
        Assert.InRange(Texts.Array[200].Single().Count(text => ImageReference.TryParse(text, out _)), 50, 200);

    private static Gen<string> Texts =>
        Gen.Select(
            Gen.OneOf("", "docker.io/", "index.docker.io/", "localhost/", "localhost:5000/", "quay.io/", "Host/", "[::1]:5000/"),
            Gen.OneOf<string>(Gen.OneOf("library", "localhost", "docker.io", "a.b", "a__b-c", Hex), Gen.String[Gen.Char["ab09._-"], 1, 4])
                .Array[1, 3]
                .Select(parts => string.Join('/', parts)),
            Gen.OneOf("", ":latest", ":1", ":x_Y.z-1", ":"),
            Gen.OneOf("", "@" + Sha),
            string.Concat
        );
}
