namespace ContainerPS.Native.Cgroups;

internal static class Freezing
{
    public static CgroupException TimedOut(Cgroup group, string file, TimeSpan timeout) =>
        new(
            CgroupErrorKind.TimedOut,
            $"The processes of {group.Path} did not stop within {timeout.TotalSeconds:0.#} s; they run again.",
            "A process is in an uninterruptible call (state D in ps), often a slow file system. Try again with more time."
        )
        {
            Controller = "freezer",
            Path = group.Path,
            File = file,
        };
}
