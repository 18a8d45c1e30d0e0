using ContainerPS.Engine.Containers.Definition;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Containers.Security;

/// <summary>
/// AppArmor and SELinux as far as the host has them. A host without one, and one whose AppArmor cannot take our profile, runs containers
/// without it; what holds is told by <see cref="AppArmor"/> and <see cref="SeLinux"/>.
/// </summary>
/// <remarks>
/// An SELinux level is chosen once, when a container is made, and is in its record (<see cref="SeLinuxLabelOfNew"/>); what goes into an
/// OCI document is asked for at each start and exec (<see cref="For"/>), because a profile can be loaded meanwhile.
/// </remarks>
internal sealed class LinuxSecurityModules
{
    private readonly bool _isAppArmorOn;
    private readonly bool _isAppArmorVisible;
    private readonly bool _hasSeLinux;
    private readonly AppArmorLoader _loader;
    private int _warned;

    /// <summary>Those of this host, looked at once a process.</summary>
    public static LinuxSecurityModules OfThisHost { get; } =
        new(
            SecurityModules.IsAppArmorOn,
            SecurityModules.HasAppArmor,
            SecurityModules.HasSeLinux,
            new AppArmorLoader(SecurityModules.AppArmorDirectory, AppArmorLoader.SearchPathOfHost)
        );

    internal LinuxSecurityModules(bool isAppArmorOn, bool isAppArmorVisible, bool hasSeLinux, AppArmorLoader loader)
    {
        _isAppArmorOn = isAppArmorOn;
        _isAppArmorVisible = isAppArmorVisible;
        _hasSeLinux = hasSeLinux;
        _loader = loader;
    }

    /// <summary>For Get-ContainerHost. Loads nothing.</summary>
    public SecurityModuleState AppArmor
    {
        get
        {
            if (!_isAppArmorOn)
            {
                return new(false, false, "The kernel has no AppArmor, or it is switched off.");
            }

            if (!_isAppArmorVisible)
            {
                return new(true, false, NotVisible);
            }

            return WhyNotLoadable() is { } reason
                ? new(true, false, $"Containers start unconfined: {reason}")
                : new(true, true, $"Containers are confined by the profile {AppArmorProfile.Name}.");
        }
    }

    /// <summary>For Get-ContainerHost.</summary>
    public SecurityModuleState SeLinux =>
        _hasSeLinux
            ? new(true, true, "Containers are labelled container_t, each with a level of its own.")
            : new(false, false, "The kernel has no SELinux, or no policy is loaded.");

    /// <summary>Whether new containers have an SELinux label.</summary>
    public bool HasSeLinux => _hasSeLinux;

    /// <summary>The profile that a new container is meant to have; null where it has none.</summary>
    public string? AppArmorProfileOfNew(ContainerDefinition definition) =>
        !definition.Privileged && AppArmor.IsUsed ? AppArmorProfile.Name : null;

    /// <summary>The label of the processes of a new container, of a level of its own; null where it has none.</summary>
    /// <param name="definition">A privileged container is not confined.</param>
    /// <param name="labelsInUse">Labels of other containers; asked for only where it matters.</param>
    public string? SeLinuxLabelOfNew(ContainerDefinition definition, Func<IEnumerable<string?>> labelsInUse)
    {
        // Processes that see the host's processes or its System V memory are not fenced off from them by a label: Docker leaves it out too.
        bool isLabelled =
            _hasSeLinux
            && !definition.Privileged
            && !IsHost(definition.PidMode, nameof(definition.PidMode))
            && !IsHost(definition.IpcMode, nameof(definition.IpcMode));
        return isLabelled
            ? SeLinuxLevels.ProcessLabelOf(SeLinuxLevels.Choose(labelsInUse().Select(SeLinuxLevels.LevelOf).OfType<string>().ToHashSet()))
            : null;
    }

    /// <summary>
    /// The labels of a process of a container that is about to start. Loads our AppArmor profile where the kernel does not have it. Where
    /// that fails the process starts unconfined, and the first one in this process warns.
    /// </summary>
    /// <param name="isPrivileged">A privileged container, or exec, is not confined by AppArmor.</param>
    /// <param name="seLinuxLabel">As recorded when the container was made.</param>
    /// <param name="warn">Takes one sentence.</param>
    public SecurityLabels For(bool isPrivileged, string? seLinuxLabel, Action<string> warn) =>
        (_hasSeLinux ? SeLinuxLevels.LabelsOf(seLinuxLabel) : SecurityLabels.None) with
        {
            AppArmorProfile = isPrivileged ? null : Confine(warn),
        };

    /// <summary>
    /// What <see cref="For"/> would warn of, without loading anything; null where it would not, or where it was said before.
    /// </summary>
    public string? WarningOf(ContainerDefinition definition) =>
        !definition.Privileged && AppArmor is { IsEnabled: true, IsUsed: false } state && IsFirstWarning() ? state.Reason : null;

    private const string NotVisible =
        "Containers start unconfined: AppArmor is on, but securityfs is not mounted here. "
        + "Mount it (mount -t securityfs securityfs /sys/kernel/security).";

    private static bool IsHost(string mode, string parameter) => NamespaceMode.Parse(mode, parameter).Owner == NamespaceOwner.Host;

    private string? Confine(Action<string> warn)
    {
        if (!_isAppArmorOn)
        {
            return null;
        }

        string? problem = _isAppArmorVisible
            ? _loader.Load() is { } reason
                ? $"Containers start unconfined: {reason}"
                : null
            : NotVisible;
        if (problem is null)
        {
            return AppArmorProfile.Name;
        }

        if (IsFirstWarning())
        {
            warn(problem);
        }

        return null;
    }

    private bool IsFirstWarning() => Interlocked.Exchange(ref _warned, 1) == 0;

    private string? WhyNotLoadable()
    {
        try
        {
            return _loader.IsLoaded || _loader.Parser is not null
                ? null
                : "the program apparmor_parser is missing. Install it (Debian, Ubuntu: apt install apparmor).";
        }
        catch (LinuxException failure)
        {
            return $"{failure.Message}.";
        }
    }
}
