namespace ContainerPS.Engine.Common;

/// <summary>
/// The versions in a document of ours. <c>schema</c> is the version that wrote it, <c>minReader</c> the oldest that reads it right. A
/// version that may read a newer document may also write it again: it keeps the members that it does not know, and both numbers.
/// </summary>
internal static class DocumentSchema
{
    /// <param name="what">The document, for the message: "The list of image names '/x/refs.json'".</param>
    /// <param name="path">Of the document.</param>
    /// <param name="schema">As the document has it; null in documents of schema 1.</param>
    /// <param name="minReader">As the document has it; null in documents of schema 1.</param>
    /// <param name="current">The newest schema that this program knows.</param>
    /// <exception cref="ContainerStorageException"><see cref="ErrorIds.StoreCorrupt"/>: only a newer program reads it.</exception>
    public static void Require(string what, string path, int? schema, int? minReader, int current)
    {
        if (IsTooNew(schema, minReader, current, out int needed))
        {
            throw new ContainerStorageException(
                ErrorIds.StoreCorrupt,
                $"{what} was written by a newer version: its schema is {schema ?? needed}, which versions from {needed} on can read; "
                    + $"this version knows {current}.",
                path,
                "Use that newer ContainerPS."
            );
        }
    }

    /// <summary>
    /// Whether only a newer program reads it. Documents without <c>minReader</c> are read by those that know their schema.
    /// </summary>
    /// <param name="schema">As the document has it; null in documents of schema 1.</param>
    /// <param name="minReader">As the document has it; null in documents of schema 1.</param>
    /// <param name="current">The newest schema that this program knows.</param>
    /// <param name="needed">The schema that a reader has to know.</param>
    public static bool IsTooNew(int? schema, int? minReader, int current, out int needed)
    {
        needed = minReader ?? schema ?? 1;
        return needed > current;
    }
}
