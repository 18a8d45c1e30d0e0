using System.Globalization;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Containers.Definition;

/// <summary>Limits against the host and against each other. Whether the host has the controllers is asked of the cgroup itself.</summary>
internal static class LimitValidator
{
    /// <summary>The kernel counts in pages.</summary>
    private const long SmallestMemory = 4096;

    /// <summary>Docker refuses less: few programs start in it.</summary>
    private const long UsefulMemory = 6 * 1024 * 1024;

    private const long SmallestQuotaMicroseconds = 1000;

    public static void Validate(CgroupLimitRequest limits)
    {
        ValidateCpu(limits);
        ValidateMemory(limits);
        InRange(limits.CpuWeight, 1, 10000, "The CPU weight");
        InRange(limits.CpuShares, 2, 262144, "The CPU shares");
        InRange(limits.IoWeight, 1, 10000, "The IO weight");
        if (limits.PidsMax is < -1 or 0)
        {
            throw Invalid.Argument($"The limit of {limits.PidsMax} tasks is none: at least 1, or -1 for no limit.");
        }

        foreach (IoLimit io in limits.IoMax ?? [])
        {
            ValidateDevice(io.Device);
        }

        foreach (IoLatency io in limits.IoLatency ?? [])
        {
            ValidateDevice(io.Device);
        }

        foreach (string file in limits.Unified?.Keys ?? [])
        {
            ValidateFile(file);
        }
    }

    /// <summary>What is odd but allowed.</summary>
    public static IEnumerable<string> Warnings(CgroupLimitRequest limits)
    {
        long hostBytes = HostFacts.MemoryBytes;
        if (limits.MemoryMax > hostBytes)
        {
            yield return Text(
                $"The memory limit of {limits.MemoryMax} bytes is above the host's memory of {hostBytes} bytes: it limits nothing."
            );
        }

        if (limits.MemoryMax is { } max and not -1 and < UsefulMemory)
        {
            yield return Text($"The memory limit of {max} bytes is so small that the container may be killed before its command runs.");
        }
    }

    private static void ValidateCpu(CgroupLimitRequest limits)
    {
        if (limits.Cpus is not null && limits.CpuQuota is not null)
        {
            throw Invalid.Argument("Cpus and CpuQuota say the same thing: use one of them.");
        }

        if (limits.CpuWeight is not null && limits.CpuShares is not null)
        {
            throw Invalid.Argument("CpuWeight and CpuShares say the same thing: use one of them.");
        }

        InRange(limits.CpuPeriod, 1000, 1_000_000, "The CPU period in microseconds");
        if (limits.CpuQuota is { } quota && quota != -1 && quota < SmallestQuotaMicroseconds)
        {
            throw Invalid.Argument(Text($"The CPU quota of {quota} µs is below the kernel's {SmallestQuotaMicroseconds} µs."));
        }

        if (limits.CpuBurst is < 0)
        {
            throw Invalid.Argument("The CPU burst is negative.");
        }

        if (limits.Cpus is not { } cpus)
        {
            return;
        }

        if (cpus > HostFacts.OnlineCpus)
        {
            throw Invalid.Argument(
                Text($"{cpus} CPUs are asked for, and {HostFacts.OnlineCpus} are online."),
                "Cpus",
                Text($"Ask for at most {HostFacts.OnlineCpus}.")
            );
        }

        if (cpus != -1 && cpus < 0.01m)
        {
            throw Invalid.Argument(Text($"{cpus} CPUs are too few: at least 0.01."), "Cpus");
        }
    }

    private static void ValidateMemory(CgroupLimitRequest limits)
    {
        if (limits.MemorySwap is not null && limits.MemorySwapMax is not null)
        {
            throw Invalid.Argument("MemorySwap (memory and swap) and MemorySwapMax (swap alone) say the same thing: use one of them.");
        }

        if (limits.MemoryMax is { } max && max != -1 && max < SmallestMemory)
        {
            throw Invalid.Argument(Text($"A memory limit of {max} bytes is too small: at least a page of 4096 bytes."), "MemoryMax");
        }

        foreach (
            (string? name, long? value) in new[]
            {
                ("MemoryHigh", limits.MemoryHigh),
                ("MemoryLow", limits.MemoryLow),
                ("MemoryMin", limits.MemoryMin),
                ("MemorySwapMax", limits.MemorySwapMax),
                ("MemorySwap", limits.MemorySwap),
            }
        )
        {
            if (value < -1)
            {
                throw Invalid.Argument(Text($"{name} of {value} bytes makes no sense."), name);
            }
        }

        if (limits is { MemorySwap: not (null or -1), MemoryMax: not (null or -1) } && limits.MemorySwap < limits.MemoryMax)
        {
            throw Invalid.Argument("MemorySwap counts memory and swap together and cannot be below MemoryMax.", "MemorySwap");
        }

        if (limits is { MemorySwap: not (null or -1), MemoryMax: null })
        {
            throw Invalid.Argument("MemorySwap needs MemoryMax beside it.", "MemorySwap");
        }

        if (limits is { MemoryLow: not (null or -1), MemoryMax: not (null or -1) } && limits.MemoryLow > limits.MemoryMax)
        {
            throw Invalid.Argument("MemoryLow is above MemoryMax.", "MemoryLow");
        }
    }

    private static void ValidateDevice(string device)
    {
        string[] parts = device.Split(':');
        if (parts.Length == 2 && parts.All(part => uint.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
        {
            return;
        }

        if (!Files.TryStatusAt(FileDescriptor.CurrentDirectory, device, out FileStatus status, followSymlink: true))
        {
            throw Invalid.Path($"There is no block device '{device}'.", device);
        }

        if (!status.IsBlockDevice)
        {
            throw Invalid.Argument($"'{device}' is no block device.", device, "Name a device node, or major:minor.");
        }
    }

    // The name becomes part of a path below the cgroup.
    private static void ValidateFile(string file)
    {
        if (!file.Contains('.', StringComparison.Ordinal) || file.Contains('/', StringComparison.Ordinal) || file.StartsWith('.'))
        {
            throw Invalid.Argument($"'{file}' is no name of a cgroup file.", file, "They look like memory.high.");
        }

        if (file.StartsWith("cgroup.", StringComparison.Ordinal))
        {
            throw Invalid.Argument($"'{file}' is not a limit: the engine itself works with it.", file);
        }
    }

    private static void InRange(long? value, long lowest, long highest, string what)
    {
        if (value < lowest || value > highest)
        {
            throw Invalid.Argument(Text($"{what} is {value}: it must be from {lowest} to {highest}."));
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
