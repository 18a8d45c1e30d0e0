using System.Text.Json;
using System.Text.Json.Serialization;

namespace ContainerPS.Native.Oci;

/// <summary>Documents of the runtime-spec as JSON: camel case, what is null is left out, what is unknown is skipped.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    ReadCommentHandling = JsonCommentHandling.Skip,
    AllowTrailingCommas = true
)]
[JsonSerializable(typeof(Spec))]
[JsonSerializable(typeof(Process))]
[JsonSerializable(typeof(LinuxResources))]
[JsonSerializable(typeof(LinuxSeccomp))]
[JsonSerializable(typeof(State))]
[JsonSerializable(typeof(IReadOnlyList<State>))]
[JsonSerializable(typeof(Features))]
public sealed partial class OciJson : JsonSerializerContext;
