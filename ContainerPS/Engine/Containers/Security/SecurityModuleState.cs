namespace ContainerPS.Engine.Containers.Security;

/// <summary>What one security module of the kernel does for containers on this host.</summary>
/// <param name="IsEnabled">The kernel has it, and it is in force.</param>
/// <param name="IsUsed">New containers are confined by it.</param>
/// <param name="Reason">One sentence: why they are, or why not and the way out.</param>
internal sealed record SecurityModuleState(bool IsEnabled, bool IsUsed, string Reason);
