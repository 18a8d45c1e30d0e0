namespace ContainerPS.Native.Seccomp;

/// <summary>A seccomp profile that cannot be compiled, or a host that cannot compile one.</summary>
public sealed class SeccompException : Exception
{
    public SeccompException(string message, Exception? inner = null)
        : base(message, inner) { }
}
