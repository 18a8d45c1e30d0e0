namespace ContainerPS.Engine;

/// <summary>What a reading of the journal found.</summary>
/// <param name="Events">By sequence.</param>
/// <param name="Warnings">What of the journal is damaged or missing where it was read: a sentence each.</param>
public sealed record EventList(IReadOnlyList<ContainerEvent> Events, IReadOnlyList<string> Warnings);
