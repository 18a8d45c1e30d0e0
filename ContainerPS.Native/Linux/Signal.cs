namespace ContainerPS.Native.Linux;

/// <summary>Signals by their kernel numbers (man 7 signal).</summary>
public enum Signal
{
    SIGHUP = 1,
}
