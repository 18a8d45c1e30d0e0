namespace ContainerPS.Native.Runtime;

/// <summary>A verb of the OCI runtime that cannot be done; the message is what a caller such as podman shows.</summary>
public sealed class RuntimeException : Exception
{
    public RuntimeException(string message, Exception? inner = null)
        : base(message, inner) { }
}
