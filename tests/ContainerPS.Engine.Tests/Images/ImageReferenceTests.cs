namespace ContainerPS.Engine.Tests.Images;

public sealed class ImageReferenceTests
{
    private const string Sha = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    [Theory]
    [InlineData("busybox", "docker.io/library/busybox:latest", "busybox")]
    [InlineData("busybox:1.36", "docker.io/library/busybox:1.36", "busybox:1.36")]
    [InlineData("docker.io/busybox", "docker.io/library/busybox:latest", "busybox")]
    [InlineData("index.docker.io/library/busybox:latest", "docker.io/library/busybox:latest", "busybox")]
    [InlineData("me/app", "docker.io/me/app:latest", "me/app")]
    [InlineData("library/x/y", "docker.io/library/x/y:latest", "library/x/y")]
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
    [InlineData("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")]
    public void What_is_no_reference_says_so(string text)
    {
        Assert.False(ImageReference.TryParse(text, out _));
        Assert.Equal(ErrorIds.ImageReferenceInvalid, Assert.Throws<EngineException>(() => ImageReference.Parse(text)).ErrorId);
    }
}
