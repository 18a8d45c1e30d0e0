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
            "memory" => resources with { Memory = memory with { Limit = reader.Number<long>(name) } },
            "memory-reservation" => resources with { Memory = memory with { Reservation = reader.Number<long>(name) } },
            "memory-swap" => resources with { Memory = memory with { Swap = reader.Number<long>(name) } },
            "cpu-period" => resources with { Cpu = cpu with { Period = reader.Number<ulong>(name) } },
            "cpu-quota" => resources with { Cpu = cpu with { Quota = reader.Number<long>(name) } },
            "cpu-burst" => resources with { Cpu = cpu with { Burst = reader.Number<ulong>(name) } },
            "cpu-share" => resources with { Cpu = cpu with { Shares = reader.Number<ulong>(name) } },
            "cpu-idle" => resources with { Cpu = cpu with { Idle = reader.Number<long>(name) } },
            "cpuset-cpus" => resources with { Cpu = cpu with { Cpus = reader.Value() } },
            "cpuset-mems" => resources with { Cpu = cpu with { Mems = reader.Value() } },
            "blkio-weight" => resources with { BlockIO = new LinuxBlockIO { Weight = reader.Number<ushort>(name) } },
            "pids-limit" => resources with { Pids = new LinuxPids { Limit = reader.Number<long>(name) } },
            _ => throw ArgumentReader.Unknown(name),
        };
    }

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
