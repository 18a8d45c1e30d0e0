namespace ContainerPS.Native.Cgroups;

/// <summary>How this host keeps its control groups.</summary>
public enum CgroupVersion
{
    /// <summary>A hierarchy per controller.</summary>
    V1 = 1,

    /// <summary>Controllers on v1 hierarchies, and a v2 hierarchy beside them that may have a few of its own.</summary>
    Hybrid = 3,

    /// <summary>One hierarchy.</summary>
    V2 = 2,
}
