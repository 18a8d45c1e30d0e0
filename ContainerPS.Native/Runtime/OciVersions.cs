namespace ContainerPS.Native.Runtime;

/// <summary>Versions of the runtime-spec that are understood.</summary>
public static class OciVersions
{
    public const string Minimum = "1.0.0";
    public const string Current = "1.2.0";
}
