namespace ContainerPS.Native.Shim.Protocol;

/// <summary>How a process ended. Code -1: it is not known.</summary>
internal struct ExitStatus
{
    public int Code;
    public int Signal;
    public bool OomKilled;
    public long AtNanoseconds;
}
