using ContainerPS.Engine;

namespace ContainerPS.Cli.Verbs;

/// <summary><c>internal on-exit ID</c>: what a monitor executes when its container has ended and its starter is gone.</summary>
internal static class InternalVerb
{
    public static int Run(ArgumentReader reader)
    {
        string action = reader.Operand("the internal action");
        if (action != "on-exit")
        {
            throw new UsageException($"unknown internal action '{action}'");
        }

        string id = reader.Operand("the container's id");
        reader.End();
        ContainerEngine.Open().Containers.OnExit(id);
        return 0;
    }
}
