using System.Text.Json;
using ContainerPS.Native.Linux;

namespace ContainerPS.Native.Runtime;

/// <summary>
/// <c>&lt;root&gt;/&lt;id&gt;/intent.json</c>: what a create is about to make outside its directory, written before it makes it. While
/// there is no state.json, it tells the next create or delete of that id what a killed create may have left.
/// </summary>
internal sealed record CreateIntent
{
    private const string Name = "intent.json";

    public string BootId { get; init; } = HostFacts.BootId;
    public string CgroupPath { get; init; } = "";

    /// <summary>The cgroup was there before: it is another's, and is neither killed nor removed.</summary>
    public bool CgroupExisted { get; init; }

    /// <summary>
    /// <see cref="Cgroups.Cgroup.Id"/> of the cgroup that this create made. Null until it is made: no process has entered it then.
    /// </summary>
    public ulong? CgroupId { get; init; }

    /// <summary>Null when there is none: the create had made nothing but its directory.</summary>
    public static CreateIntent? TryRead(string directory)
    {
        string path = $"{directory}/{Name}";
        return File.Exists(path) ? JsonSerializer.Deserialize(Files.ReadAllBytes(path), RuntimeJson.Default.CreateIntent) : null;
    }

    /// <summary>The rename replaces it whole: a reader never sees half of it.</summary>
    public void Write(string directory)
    {
        byte[] text = JsonSerializer.SerializeToUtf8Bytes(this, RuntimeJson.Default.CreateIntent);
        Files.WriteAllBytesAt(FileDescriptor.CurrentDirectory, $"{directory}/{Name}.new", text, Modes.Mode0600);
        Files.Rename($"{directory}/{Name}.new", $"{directory}/{Name}");
    }
}
