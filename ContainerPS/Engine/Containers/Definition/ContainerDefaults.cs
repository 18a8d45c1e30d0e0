namespace ContainerPS.Engine.Containers.Definition;

/// <summary>What a container gets when neither definition nor image says otherwise.</summary>
internal static class ContainerDefaults
{
    public const string Path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    public const int StopSignal = 15;

    public static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(10);
}
