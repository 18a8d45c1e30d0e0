using System.Text.Json;
using ContainerPS.Native.Oci;
using ContainerPS.Native.Runtime;

namespace ContainerPS.Cli.Verbs;

/// <summary><c>update [--resources FILE|-] [--memory BYTES] … ID</c>: limits of a running container.</summary>
internal static class UpdateVerb
{
    public static int Run(OciRuntime runtime, ArgumentReader reader)
    {
        var resources = new LinuxResources();
        while (reader.NextOption() is { } name)
        {
            resources = Take(resources, name, reader);
        }

        string id = reader.Operand("the container's id");
        reader.End();
        runtime.Update(id, resources);
        return 0;
    }

    private static LinuxResources Take(LinuxResources resources, string name, ArgumentReader reader)
    {
        (LinuxMemory? memory, LinuxCpu? cpu) = (resources.Memory ?? new LinuxMemory(), resources.Cpu ?? new LinuxCpu());
        return name switch
        {
            "resources" or "r" => Read(reader.Value()),
            "memory" => resources with { Memory = memory with { Limit = Number(reader) } },
            "memory-reservation" => resources with { Memory = memory with { Reservation = Number(reader) } },
            "memory-swap" => resources with { Memory = memory with { Swap = Number(reader) } },
            "cpu-period" => resources with { Cpu = cpu with { Period = (ulong)Number(reader) } },
            "cpu-quota" => resources with { Cpu = cpu with { Quota = Number(reader) } },
            "cpu-burst" => resources with { Cpu = cpu with { Burst = (ulong)Number(reader) } },
            "cpu-share" => resources with { Cpu = cpu with { Shares = (ulong)Number(reader) } },
            "cpu-idle" => resources with { Cpu = cpu with { Idle = Number(reader) } },
            "cpuset-cpus" => resources with { Cpu = cpu with { Cpus = reader.Value() } },
            "cpuset-mems" => resources with { Cpu = cpu with { Mems = reader.Value() } },
            "blkio-weight" => resources with { BlockIO = new LinuxBlockIO { Weight = (ushort)Number(reader) } },
            "pids-limit" => resources with { Pids = new LinuxPids { Limit = Number(reader) } },
            _ => throw ArgumentReader.Unknown(name),
        };
    }

    private static long Number(ArgumentReader reader) =>
        reader.Value() is var text && long.TryParse(text, out long number) ? number : throw new UsageException($"'{text}' is not a number");

    private static LinuxResources Read(string path)
    {
        try
        {
            using Stream input = path == "-" ? Console.OpenStandardInput() : File.OpenRead(path);
            return JsonSerializer.Deserialize(input, OciJson.Default.LinuxResources) ?? new LinuxResources();
        }
        catch (JsonException invalid)
        {
            throw new UsageException($"the resources are not valid JSON: {invalid.Message}");
        }
    }
}
