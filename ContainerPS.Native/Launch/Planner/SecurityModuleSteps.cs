using ContainerPS.Native.Oci;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Launch.Planner;

/// <summary>
/// AppArmor profile and SELinux labels, where the kernel has the module. What a process shall be after its execve it writes into
/// /proc/thread-self/attr; that file is opened through the host's procfs, before anything of the container could stand in its place
/// (CVE-2019-16884), and written when hooks that belong to the runtime have run: they would be confined as well.
/// </summary>
internal sealed class SecurityModuleSteps
{
    private const string AppArmorFile = "/proc/thread-self/attr/apparmor/exec";
    private const string SeLinuxFile = "/proc/thread-self/attr/exec";
    private const string KeyringFile = "/proc/thread-self/attr/keycreate";

    private readonly PlanTrack _child;
    private readonly string? _profile;
    private readonly string? _label;
    private readonly PlanValue? _appArmor;
    private readonly PlanValue? _seLinux;

    /// <summary>Opens the files. The module may not be there: then nothing is asked of it.</summary>
    public SecurityModuleSteps(PlanBuilder plan, Process process, PlannerFacts facts)
    {
        _child = plan.Child;
        _profile = process.ApparmorProfile is { Length: > 0 } profile && facts.AppArmor ? profile : null;
        _label = process.SelinuxLabel is { Length: > 0 } label && facts.SeLinux ? label : null;
        if (_profile is not null)
        {
            _appArmor = Open(plan, "opening the file that chooses the AppArmor profile", AppArmorFile);
        }

        if (_label is not null)
        {
            _seLinux = Open(plan, "opening the file that chooses the SELinux label", SeLinuxFile);
        }
    }

    /// <summary>The session keyring gets the label of the process (man 5 proc_pid_attr); later keys have the usual one again.</summary>
    public void JoinKeyring(Action join)
    {
        if (_label is null)
        {
            join();
            return;
        }

        _child.WriteFile($"labelling the session keyring {_label}", PlanValue.CurrentDirectory, KeyringFile, _label);
        join();
        // A line end alone is no label: the kernel takes nothing for nothing (security/selinux/hooks.c, selinux_setprocattr).
        _child.WriteFile("labelling keys as usual again", PlanValue.CurrentDirectory, KeyringFile, "\n");
    }

    /// <summary>Takes effect at the next execve of this process, and of what it runs until then.</summary>
    public void Choose()
    {
        if (_appArmor is { } appArmor)
        {
            _child.WriteDescriptor($"choosing the AppArmor profile {_profile}", appArmor, $"exec {_profile}");
            _child.Close(appArmor);
        }

        if (_seLinux is { } seLinux)
        {
            _child.WriteDescriptor($"choosing the SELinux label {_label}", seLinux, _label!);
            _child.Close(seLinux);
        }
    }

    private static PlanValue Open(PlanBuilder plan, string doing, string path) =>
        plan.Child.Open($"{doing}", PlanValue.CurrentDirectory, plan.Utf8(path), O_WRONLY);
}
