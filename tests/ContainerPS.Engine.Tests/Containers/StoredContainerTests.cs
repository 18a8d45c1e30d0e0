using System.Reflection;
using System.Text.Json.Nodes;
using ContainerPS.Engine.Containers.State;

namespace ContainerPS.Engine.Tests.Containers;

/// <summary>container.json over versions: older ones are read, what a newer one added is kept.</summary>
public sealed class StoredContainerTests
{
    private static string Golden(int schema) =>
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", $"container.schema{schema}.json"));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void The_record_of_each_schema_is_read_and_written_as_the_newest(int schema)
    {
        ContainerRecord record = Read(Golden(schema));
        Assert.Equal(Golden(2), Write(record));
        Assert.Equal(Golden(2), Write(record with { Origin = null }));
    }

    /// <summary>The golden files say something of each member, so no member can be forgotten between the file and the object.</summary>
    [Fact]
    public void Each_member_of_a_definition_survives_the_file()
    {
        ContainerDefinition read = Read(Golden(1)).Definition;
        AssertNothingIsTheDefault(read, new ContainerDefinition());
        AssertNothingIsTheDefault(read.Limits, new CgroupLimitRequest());
        AssertNothingIsTheDefault(read.Mounts[0], new Mount { Destination = "" }, nameof(Mount.Type), "TmpfsSize", "TmpfsMode");
        AssertNothingIsTheDefault(read.Mounts[1], new Mount { Destination = "" }, "Source", "ReadOnly", nameof(Mount.Propagation));
        AssertNothingIsTheDefault(read.Limits.IoMax![0], new IoLimit { Device = "" });
        Assert.Equal((1.5m, -1L, false), (read.Limits.Cpus, read.Limits.MemorySwap, read.Limits.CpuIdle));
        Assert.Equal(new IoLatency("8:0", TimeSpan.FromMicroseconds(500)), Assert.Single(read.Limits.IoLatency!));
        Assert.Null(read.Env["HOME"]);
    }

    [Fact]
    public void What_a_newer_version_added_survives_a_rewrite_by_this_one()
    {
        JsonNode newer = JsonNode.Parse(Golden(2))!;
        (newer["schema"], newer["minReader"]) = (9, 2);
        string[] places =
        [
            "",
            "image",
            "process",
            "rootFs",
            "security",
            "namespaces.0",
            "definition",
            "definition.mounts.1",
            "definition.devices.0",
            "definition.ulimits.0",
            "definition.limits",
            "definition.limits.ioMax.0",
            "definition.limits.ioLatency.0",
            "definition.limits.hugetlbMax.0",
        ];
        foreach (string place in places)
        {
            At(newer, place)["newer"] = new JsonObject { ["of"] = place };
        }

        ContainerRecord record = Read(newer.ToJsonString());
        CgroupLimitRequest changed = record.Definition.Limits.With(new CgroupLimitRequest { PidsMax = 7 });
        JsonNode written = JsonNode.Parse(Write(record with { Definition = record.Definition with { Limits = changed } }))!;

        Assert.Equal((9, 2), ((int)written["schema"]!, (int)written["minReader"]!));
        Assert.Equal(7, (int)written["definition"]!["limits"]!["pidsMax"]!);
        Assert.All(places, place => Assert.Equal(place, (string)At(written, place)["newer"]!["of"]!));
    }

    [Fact]
    public void What_was_removed_takes_what_a_newer_version_wrote_of_it_along()
    {
        JsonNode newer = JsonNode.Parse(Golden(2))!;
        At(newer, "definition.mounts.0")["newer"] = 1;
        ContainerRecord record = Read(newer.ToJsonString());
        ContainerDefinition fewer = record.Definition with { Mounts = [record.Definition.Mounts[1]] };
        Assert.DoesNotContain("newer", Write(record with { Definition = fewer }), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("minReader", "9", "newer version of ContainerPS (schema 2, read by versions that know 9")]
    [InlineData("definition.mounts.0.type", "\"Cloud\"", "'Cloud' of mounts.type is not known")]
    [InlineData("definition.lifetime", "\"Eternal\"", "'Eternal' of lifetime is not known")]
    [InlineData("definition.stopSignal", "\"Nudge\"", "'Nudge' of stopSignal is not known")]
    [InlineData("definition.mounts.0", "null", "An item of mounts is null")]
    [InlineData("definition.command.0", "null", "An item of command is null")]
    [InlineData("definition.labels.team", "null", "A value of labels is null")]
    [InlineData("process.env.0", "null", "An item of process.env is null")]
    [InlineData("definition", "null", "damaged")]
    [InlineData("cgroupPath", "null", "damaged")]
    [InlineData("rootFs", "7", "damaged")]
    [InlineData("definition.limits.pidsMax", "\"many\"", "damaged")]
    [InlineData("createdAt", "\"yesterday\"", "damaged")]
    public void What_cannot_be_read_is_said_and_is_no_record(string place, string value, string why)
    {
        JsonNode document = JsonNode.Parse(Golden(2))!;
        int dot = place.LastIndexOf('.');
        JsonNode parent = At(document, dot < 0 ? "" : place[..dot]);
        string last = place[(dot + 1)..];
        if (parent is JsonArray list)
        {
            list[int.Parse(last, null)] = JsonNode.Parse(value);
        }
        else
        {
            parent[last] = JsonNode.Parse(value);
        }

        Assert.Null(ReadOrNull(document.ToJsonString(), out string? damage));
        Assert.Contains(why, damage, StringComparison.Ordinal);
    }

    /// <summary>A newer version may give a member another shape: that is no damage.</summary>
    [Fact]
    public void A_newer_document_of_another_shape_is_too_new_and_not_damaged()
    {
        Assert.Null(ReadOrNull("""{"schema":9,"minReader":9,"id":["a","b"]}""", out string? damage));
        Assert.Contains("newer version", damage, StringComparison.Ordinal);
    }

    private static void AssertNothingIsTheDefault<T>(T value, T standard, params string[] but)
    {
        foreach (PropertyInfo property in typeof(T).GetProperties().Where(property => property.CanWrite && !but.Contains(property.Name)))
        {
            string text = System.Text.Json.JsonSerializer.Serialize(property.GetValue(value));
            Assert.True(text != System.Text.Json.JsonSerializer.Serialize(property.GetValue(standard)), $"{property.Name}: {text}");
        }
    }

    private static JsonNode At(JsonNode root, string place) =>
        place.Length == 0
            ? root
            : place
                .Split('.')
                .Aggregate(root, (node, name) => (int.TryParse(name, out int index) && node is JsonArray list ? list[index] : node[name])!);

    private static ContainerRecord Read(string text) => ReadOrNull(text, out string? damage) ?? throw new InvalidDataException(damage);

    private static ContainerRecord? ReadOrNull(string text, out string? damage)
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, text);
            return ContainerDocuments.ReadRecord(path, new string('a', 64), out damage);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static string Write(ContainerRecord record) => System.Text.Encoding.UTF8.GetString(ContainerDocuments.BytesOf(record));
}
