using System.Text;
using System.Text.Json.Nodes;
using ContainerPS.Engine.Common;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Tests.Images;

/// <summary>Writes OCI layouts by the specification's words, without the code under test but for the hash.</summary>
internal sealed class TestLayout(string directory)
{
    private readonly JsonArray _manifests = [];

    public TestLayout AddImage(
        byte[][] layers,
        string refName,
        Func<byte[], byte[]>? compress = null,
        bool wrongDiffId = false,
        int padding = 0
    )
    {
        JsonObject manifest = Image(HostFacts.Architecture, layers, compress ?? (tar => tar), wrongDiffId, padding);
        manifest["annotations"] = new JsonObject { ["org.opencontainers.image.ref.name"] = refName };
        _manifests.Add(manifest);
        return this;
    }

    public TestLayout AddIndex(string refName, params (string Architecture, byte[][] Layers)[] images)
    {
        var children = new JsonArray();
        foreach ((string? architecture, byte[][]? layers) in images)
        {
            JsonObject child = Image(architecture, layers, tar => tar, false, 0);
            child["platform"] = new JsonObject { ["os"] = "linux", ["architecture"] = architecture };
            children.Add(child);
        }

        JsonObject index = Put(
            Json(
                new JsonObject
                {
                    ["schemaVersion"] = 2,
                    ["mediaType"] = "application/vnd.oci.image.index.v1+json",
                    ["manifests"] = children,
                }
            ),
            "application/vnd.oci.image.index.v1+json"
        );
        index["annotations"] = new JsonObject { ["org.opencontainers.image.ref.name"] = refName };
        _manifests.Add(index);
        return this;
    }

    public TestLayout AddArtifact(string artifactType, byte[] content, string refName)
    {
        JsonObject manifest = Put(
            Json(
                new JsonObject
                {
                    ["schemaVersion"] = 2,
                    ["mediaType"] = "application/vnd.oci.image.manifest.v1+json",
                    ["artifactType"] = artifactType,
                    ["config"] = Put("{}"u8.ToArray(), "application/vnd.oci.empty.v1+json"),
                    ["layers"] = new JsonArray(Put(content, artifactType)),
                }
            ),
            "application/vnd.oci.image.manifest.v1+json"
        );
        manifest["annotations"] = new JsonObject { ["org.opencontainers.image.ref.name"] = refName };
        _manifests.Add(manifest);
        return this;
    }

    public string Write()
    {
        File.WriteAllText(Path.Combine(directory, "oci-layout"), """{"imageLayoutVersion":"1.0.0"}""");
        File.WriteAllBytes(
            Path.Combine(directory, "index.json"),
            Json(new JsonObject { ["schemaVersion"] = 2, ["manifests"] = _manifests.DeepClone() })
        );
        return directory;
    }

    public static byte[] Config(string architecture, byte[][] layers, bool wrongDiffId = false, int padding = 0) =>
        Json(
            new JsonObject
            {
                ["created"] = "2024-01-02T03:04:05Z",
                ["architecture"] = architecture,
                ["os"] = "linux",
                ["comment"] = new string('x', padding),
                ["config"] = new JsonObject { ["Env"] = new JsonArray("NAME=value"), ["Cmd"] = new JsonArray("sh") },
                ["rootfs"] = new JsonObject
                {
                    ["type"] = "layers",
                    ["diff_ids"] = new JsonArray([
                        .. layers.Select(layer => JsonValue.Create((wrongDiffId ? Digest.Of("wrong"u8) : Digest.Of(layer)).ToString())),
                    ]),
                },
            }
        );

    private JsonObject Image(string architecture, byte[][] layers, Func<byte[], byte[]> compress, bool wrongDiffId, int padding) =>
        Put(
            Json(
                new JsonObject
                {
                    ["schemaVersion"] = 2,
                    ["mediaType"] = "application/vnd.oci.image.manifest.v1+json",
                    ["config"] = Put(Config(architecture, layers, wrongDiffId, padding), "application/vnd.oci.image.config.v1+json"),
                    ["layers"] = new JsonArray([.. layers.Select(layer => Put(compress(layer), "application/vnd.oci.image.layer.v1.tar"))]),
                }
            ),
            "application/vnd.oci.image.manifest.v1+json"
        );

    private JsonObject Put(byte[] content, string mediaType)
    {
        string blobs = Path.Combine(directory, "blobs", "sha256");
        Directory.CreateDirectory(blobs);
        var digest = Digest.Of(content);
        File.WriteAllBytes(Path.Combine(blobs, digest.Hex), content);
        return new JsonObject
        {
            ["mediaType"] = mediaType,
            ["digest"] = digest.ToString(),
            ["size"] = content.Length,
        };
    }

    private static byte[] Json(JsonNode node) => Encoding.UTF8.GetBytes(node.ToJsonString());
}
