using ContainerPS.Engine.Containers.Definition;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Containers.Security;

/// <summary>
/// AppArmor and SELinux as far as the host has them. A host without one, and one whose AppArmor cannot take our profile, runs containers
/// without it; what holds is told by <see cref="AppArmor"/> and <see cref="SeLinux"/>.
/// </summary>
/// <remarks>
/// Ordinary use, at each start: <c>SecurityLabels labels = modules.For(definition, levelsInUse, warn);</c>, and its members into the OCI
/// document. The level is one of this run: keep the document, and give the levels of those that run to the next start
/// (<see cref="SeLinuxLevels.LevelOf"/>).
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
            new AppArmorLoader(SecurityModules.AppArmorDirectory, Environment.GetEnvironmentVariable("PATH"))
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

    /// <summary>
    /// The labels of a container that is about to start. Loads our AppArmor profile where the kernel does not have it. Where that fails the
    /// container starts unconfined, and the first one in this process warns.
    /// </summary>
    /// <param name="definition">A privileged container is not confined.</param>
    /// <param name="levelsInUse">SELinux levels of containers that run.</param>
    /// <param name="warn">Takes one sentence.</param>
    public SecurityLabels For(ContainerDefinition definition, IReadOnlySet<string> levelsInUse, Action<string> warn)
    {
        if (definition.Privileged)
        {
            return SecurityLabels.None;
        }

        // Processes that see the host's processes or its System V memory are not fenced off from them by a label: Docker leaves it out too.
        bool isLabelled =
            _hasSeLinux
            && !IsHost(definition.PidMode, nameof(definition.PidMode))
            && !IsHost(definition.IpcMode, nameof(definition.IpcMode));
        SecurityLabels labels = isLabelled ? SeLinuxLevels.LabelsOf(SeLinuxLevels.Choose(levelsInUse)) : SecurityLabels.None;
        return labels with { AppArmorProfile = Confine(warn) };
    }

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

        if (Interlocked.Exchange(ref _warned, 1) == 0)
        {
            warn(problem);
        }

        return null;
    }

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
