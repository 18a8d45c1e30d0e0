using ContainerPS.Native.Linux;

namespace ContainerPS.Native.Cgroups.V1;

/// <summary>
/// Documentation/admin-guide/cgroup-v1/freezer-subsystem.rst: FROZEN is asked for, FREEZING is seen until all have stopped.
/// </summary>
internal static class Freezer
{
    /// <summary>What joins a group that is being frozen is frozen with it.</summary>
    public static bool IsFrozen(ControlGroup group) => Directory(group)?.TryRead("freezer.state") is "FROZEN" or "FREEZING";

    public static void Freeze(ControlGroup group, TimeSpan timeout)
    {
        CgroupDirectory directory = Directory(group) ?? throw group.Host.Missing("freezer");
        if (!TryFreeze(group, timeout))
        {
            Thaw(group);
            // Throws where it is gone.
            _ = directory.Read("freezer.state");
            throw Freezing.TimedOut(group, directory.PathOf("freezer.state"), timeout);
        }
    }

    // FROZEN is written anew in every round: a task that was forked while the group was being frozen leaves it FREEZING for good
    // otherwise (the kernel only updates the state when it is written or read).
    // False, too, when the group goes away meanwhile.
    public static bool TryFreeze(ControlGroup group, TimeSpan timeout)
    {
        if (Directory(group) is not { Exists: true } directory)
        {
            return false;
        }

        long end = Environment.TickCount64 + (long)timeout.TotalMilliseconds;
        for (int attempt = 0; ; attempt++)
        {
            if (!directory.TryWrite("freezer.state", "FROZEN"))
            {
                return false;
            }

            if (directory.TryRead("freezer.state") == "FROZEN")
            {
                return true;
            }

            if (Environment.TickCount64 >= end)
            {
                return false;
            }

            Thread.Sleep(attempt < 10 ? 1 : 5);
        }
    }

    public static void Thaw(ControlGroup group) => Directory(group)?.TryWrite("freezer.state", "THAWED");

    private static CgroupDirectory? Directory(ControlGroup group) => group.Directory("freezer");
}
