using ContainerPS.Engine.Containers.Definition;
using ContainerPS.Engine.Containers.State;
using Oci = ContainerPS.Native.Oci;

namespace ContainerPS.Engine.Containers.Bundle;

/// <summary>The process of an exec: the container's own, changed by what is asked for.</summary>
internal static class ExecProcess
{
    public static Oci.Process Compose(Oci.Process init, ContainerRecord record, ExecDefinition definition)
    {
        if (definition.Command.Count == 0 || definition.Command[0].Length == 0)
        {
            throw Invalid.Argument("There is no command to execute.", record.Name);
        }

        ProcessSyntax.Validate(definition.Command, definition.Env, definition.User, definition.WorkingDir);
        return init with
        {
            Args = definition.Command,
            Env = ContainerEnvironment.Merge(definition.Env, record.Process.Env),
            Cwd = definition.WorkingDir ?? record.Process.WorkingDir,
            User = SpecBuilder.UserOf(definition.User ?? record.Process.User),
            Capabilities = definition.Privileged ? SpecSecurity.ToOci(SpecSecurity.All) : init.Capabilities,
            NoNewPrivileges = init.NoNewPrivileges && !definition.Privileged,
        };
    }
}
