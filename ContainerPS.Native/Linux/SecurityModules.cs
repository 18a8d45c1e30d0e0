namespace ContainerPS.Native.Linux;

/// <summary>Which security modules of the kernel are in force on this host.</summary>
public static class SecurityModules
{
    private const string AppArmorSwitch = "/sys/module/apparmor/parameters/enabled";

    /// <summary>securityfs, where AppArmor takes profiles and lists them.</summary>
    public const string AppArmorDirectory = "/sys/kernel/security/apparmor";

    /// <summary>selinuxfs, which is mounted only where a policy is loaded.</summary>
    public const string SeLinuxDirectory = "/sys/fs/selinux";

    /// <summary>The module is switched on. Without securityfs no profile can be loaded or listed: <see cref="HasAppArmor"/>.</summary>
    public static bool IsAppArmorOn => Files.Exists(AppArmorSwitch) && Files.ReadAllText(AppArmorSwitch).StartsWith('Y');

    /// <summary>AppArmor is on, and securityfs says so.</summary>
    public static bool HasAppArmor => IsAppArmorOn && Files.Exists(AppArmorDirectory);

    /// <summary>selinuxfs is mounted.</summary>
    public static bool HasSeLinux => Files.Exists($"{SeLinuxDirectory}/enforce");
}
