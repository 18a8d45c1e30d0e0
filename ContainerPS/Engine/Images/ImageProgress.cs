namespace ContainerPS.Engine.Images;

/// <summary>How far an import or unpack has come; for progress bars.</summary>
/// <param name="Activity">"Importing", "Unpacking".</param>
/// <param name="Item">The layer's short digest or the file.</param>
/// <param name="Done">Bytes of the source that were taken in.</param>
/// <param name="Total">Bytes of the source; 0 when unknown.</param>
public readonly record struct ImageProgress(string Activity, string Item, long Done, long Total);
