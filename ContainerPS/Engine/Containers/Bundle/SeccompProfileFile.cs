using System.Text.Json;
using System.Text.Json.Serialization;
using ContainerPS.Engine.Containers.Definition;
using ContainerPS.Native.Linux;
using Oci = ContainerPS.Native.Oci;

namespace ContainerPS.Engine.Containers.Bundle;

/// <summary>
/// A seccomp profile as Docker's --security-opt seccomp=FILE takes it: OCI's, with an architecture map and with rules that hold under
/// conditions (capabilities, architectures, kernel). Here it becomes OCI's alone.
/// </summary>
internal static class SeccompProfileFile
{
    public static Oci.LinuxSeccomp Read(string path, CapabilitySet capabilities)
    {
        try
        {
            DockerSeccomp profile =
                JsonSerializer.Deserialize(File.ReadAllBytes(path), SeccompJson.Default.DockerSeccomp)
                ?? throw new JsonException("It is empty.");
            return new Oci.LinuxSeccomp
            {
                DefaultAction = profile.DefaultAction,
                DefaultErrnoRet = profile.DefaultErrnoRet,
                Architectures = profile.Architectures ?? NativeArchitectures(profile.ArchMap),
                Flags = profile.Flags,
                Syscalls = [.. profile.Syscalls.Where(rule => Holds(rule, capabilities)).Select(ToOci)],
            };
        }
        catch (JsonException damaged)
        {
            throw new EngineException(
                ErrorIds.ArgumentInvalid,
                EngineErrorKind.InvalidData,
                $"The seccomp profile '{path}' cannot be read: {damaged.Message}",
                path,
                inner: damaged
            );
        }
    }

    private static IReadOnlyList<string>? NativeArchitectures(IReadOnlyList<ArchitectureMap>? map)
    {
        string native = HostFacts.Architecture == "arm64" ? "SCMP_ARCH_AARCH64" : "SCMP_ARCH_X86_64";
        return map?.FirstOrDefault(entry => entry.Architecture == native) is { } found ? [native, .. found.SubArchitectures ?? []] : null;
    }

    private static bool Holds(DockerSyscall rule, CapabilitySet capabilities) =>
        (
            rule.Includes is not { } needs
            || (
                (needs.Caps is not { Count: > 0 } caps || caps.All(capabilities.Contains))
                && (needs.Arches is not { Count: > 0 } arches || arches.Contains(HostFacts.Architecture))
                && (needs.MinKernel is not { Length: > 0 } kernel || HostFacts.Kernel >= ParseKernel(kernel))
            )
        )
        && (
            rule.Excludes is not { } excluded
            || (
                (excluded.Caps is not { Count: > 0 } without || !without.Any(capabilities.Contains))
                && (excluded.Arches is not { Count: > 0 } elsewhere || !elsewhere.Contains(HostFacts.Architecture))
                && (excluded.MinKernel is not { Length: > 0 } older || HostFacts.Kernel < ParseKernel(older))
            )
        );

    private static Version ParseKernel(string text) =>
        Version.TryParse(text, out Version? version) ? version : throw new JsonException($"'{text}' is no kernel version.");

    private static Oci.LinuxSyscall ToOci(DockerSyscall rule) =>
        new()
        {
            Names = rule.Names ?? (rule.Name is { } name ? [name] : throw new JsonException("A rule names no system call.")),
            Action = rule.Action,
            ErrnoRet = rule.ErrnoRet,
            Args = rule.Args,
        };
}

internal sealed record DockerSeccomp
{
    public string DefaultAction { get; init; } = "";
    public uint? DefaultErrnoRet { get; init; }
    public IReadOnlyList<ArchitectureMap>? ArchMap { get; init; }
    public IReadOnlyList<string>? Architectures { get; init; }
    public IReadOnlyList<string>? Flags { get; init; }
    public IReadOnlyList<DockerSyscall> Syscalls { get; init; } = [];
}

internal sealed record ArchitectureMap
{
    public string Architecture { get; init; } = "";
    public IReadOnlyList<string>? SubArchitectures { get; init; }
}

internal sealed record DockerSyscall
{
    public IReadOnlyList<string>? Names { get; init; }
    public string? Name { get; init; }
    public string Action { get; init; } = "";
    public uint? ErrnoRet { get; init; }
    public IReadOnlyList<Oci.LinuxSeccompArg>? Args { get; init; }
    public SeccompCondition? Includes { get; init; }
    public SeccompCondition? Excludes { get; init; }
}

internal sealed record SeccompCondition
{
    public IReadOnlyList<string>? Caps { get; init; }
    public IReadOnlyList<string>? Arches { get; init; }
    public string? MinKernel { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, ReadCommentHandling = JsonCommentHandling.Skip)]
[JsonSerializable(typeof(DockerSeccomp))]
internal sealed partial class SeccompJson : JsonSerializerContext;
