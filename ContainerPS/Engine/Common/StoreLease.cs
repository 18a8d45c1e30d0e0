namespace ContainerPS.Engine.Common;

/// <summary>
/// One operation in flight: a file below <c>leases/</c>, locked while its process lives, that lists the digests and chain ids the operation
/// relies on. Remove deletes nothing that a living lease lists; a dead one is swept away by the next command that takes the store's lock.
/// </summary>
public sealed partial class StoreLease;
