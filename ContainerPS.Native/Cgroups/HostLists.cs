using ContainerPS.Native.Linux;

namespace ContainerPS.Native.Cgroups;

/// <summary>Processors and memory nodes that the host has online.</summary>
internal static class HostLists
{
    public static void Check(string file, string list)
    {
        string source = file == "cpuset.cpus" ? "/sys/devices/system/cpu/online" : "/sys/devices/system/node/online";
        string online = Files.Exists(source) ? Files.ReadAllText(source).Trim() : "0";
        if (CpuList.TryParse(list)!.Except(CpuList.TryParse(online) ?? []).Any())
        {
            throw CgroupException.Invalid(file, $"'{list}'", $"This host has {online}.");
        }
    }
}
