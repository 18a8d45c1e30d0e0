namespace ContainerPS.Engine.Common;

/// <summary>How far work that takes time has come; for progress bars.</summary>
/// <param name="Activity">"Importing", "Unpacking", "Checking".</param>
/// <param name="Item">What is being worked on: a layer's short digest, a file.</param>
/// <param name="Done">Bytes that were read.</param>
/// <param name="Total">All bytes; 0 when unknown.</param>
public readonly record struct WorkProgress(string Activity, string Item, long Done, long Total);
