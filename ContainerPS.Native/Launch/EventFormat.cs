using System;

namespace ContainerPS.Native.Launch;

/// <summary>
/// The bytes of the event journal that its writers agree on: the engine, and the monitors. This file is compiled into both: primitive
/// types only, nothing of a base class library.
/// </summary>
/// <remarks>
/// <code>
///   ROOT/events/00000000000000000001     a segment, named by the ordinal of its first event
///               00000000000000004783     the newest one is written to
///
///   {"at":1764311373123456789,"type":"container","action":"start",…}   an event a line, one append each
///   …
///   {"seal":true}                                                      the end of the segment; what follows does not count
/// </code>
/// How writers come to agree on the ordinals without a lock is told in the engine's EventJournal.
/// </remarks>
public static class EventFormat
{
    /// <summary>
    /// Decimal digits of a segment's name, so that the order of names is the order of ordinals. The first two are zeros: no journal comes
    /// to such a number, and it would not be one for all that read it.
    /// </summary>
    public const int NameLength = 20;

    /// <summary>
    /// A segment that has become longer is sealed. Part of the format: a writer that believes in a larger size would not see a seal.
    /// Another size needs another directory.
    /// </summary>
    public const long SegmentSize = 1024 * 1024;

    /// <summary>
    /// How often a writer follows the journal to a newer segment before it gives up. Each time others have filled a whole one meanwhile:
    /// thousands of events.
    /// </summary>
    public const int Attempts = 256;

    /// <summary>
    /// The begin of an event. Within a text a quotation mark is escaped: these bytes behind a part of another event begin the whole one.
    /// </summary>
    public static ReadOnlySpan<byte> Head => "{\"at\":"u8;

    /// <summary>The last line of a segment. For the same reason it is never in a text; no version gives an event such a member.</summary>
    public static ReadOnlySpan<byte> Seal => "{\"seal\":true}\n"u8;

    /// <summary>A container's process runs.</summary>
    public static ReadOnlySpan<byte> Start => "start"u8;

    /// <summary>A run has ended.</summary>
    public static ReadOnlySpan<byte> Die => "die"u8;

    /// <summary>The kernel killed for memory.</summary>
    public static ReadOnlySpan<byte> Oom => "oom"u8;
}
