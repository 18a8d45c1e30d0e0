using ContainerPS.Native.Linux;

namespace ContainerPS.Native.Launch;

/// <summary>
/// The kernel did not make the root's overlay for the starter. The container's process tries it again, and its plan has the words for what
/// is wrong.
/// </summary>
internal sealed class RootRefusedException(LinuxException refusal) : Exception(refusal.Message, refusal);
