namespace ContainerPS;

/// <summary>Who looks after a container when the process that started it ends.</summary>
public enum ContainerLifetime
{
    /// <summary>Its monitor does: the container lives on.</summary>
    Supervised,

    /// <summary>Nobody: the container is killed and removed within a second of its starter's end.</summary>
    Session,
}
