using ContainerPS.Native.Namespaces;
using ContainerPS.Native.Oci;

namespace ContainerPS.Native.Launch.Planner;

/// <summary>The namespaces of a spec: CLONE_NEW* flags of those made new, and those joined by path.</summary>
internal sealed record NamespaceSet(ulong New, IReadOnlyList<(NamespaceType Type, string Path)> Joined)
{
    public static NamespaceSet Of(Spec spec)
    {
        ulong made = 0;
        var joined = new List<(NamespaceType, string)>();
        foreach (LinuxNamespace entry in spec.Linux?.Namespaces ?? [])
        {
            NamespaceType type =
                NamespaceType.FromOciName(entry.Type)
                ?? throw new LaunchException(LaunchFailure.Setup, $"The spec names the unknown namespace type '{entry.Type}'.");
            if (string.IsNullOrEmpty(entry.Path))
            {
                made |= type.CloneFlag;
            }
            else
            {
                joined.Add((type, entry.Path));
            }
        }

        return new NamespaceSet(made, joined);
    }

    /// <summary>All that are not the host's.</summary>
    public ulong All => Joined.Aggregate(New, (flags, entry) => flags | entry.Type.CloneFlag);

    public bool MakesNew(NamespaceType type) => (New & type.CloneFlag) != 0;

    public bool Has(NamespaceType type) => (All & type.CloneFlag) != 0;

    /// <summary>"CLONE_NEWNS|CLONE_NEWPID" where the plan is shown.</summary>
    public static PlanValue Flags(PlanBuilder plan, ulong flags) => PlanValue.Constant(plan, (long)flags, $"{Text(flags)}");

    private static string Text(ulong flags) =>
        flags == 0
            ? "0"
            : string.Join(
                '|',
                NamespaceType
                    .All.Where(type => (flags & type.CloneFlag) != 0)
                    .Select(type => "CLONE_NEW" + (type.ProcName == "mnt" ? "NS" : type.ProcName.ToUpperInvariant()))
            );
}
