namespace ContainerPS.Engine.Containers.Definition;

/// <summary>Names for containers that were given none: two words and part of the id, so that a clash is out of the question.</summary>
internal static class NameGenerator
{
    private static readonly string[] Adjectives =
    [
        "amber",
        "brave",
        "calm",
        "clear",
        "crisp",
        "eager",
        "early",
        "fair",
        "fresh",
        "gentle",
        "glad",
        "golden",
        "green",
        "happy",
        "kind",
        "light",
        "lively",
        "lucky",
        "mild",
        "neat",
        "noble",
        "plain",
        "proud",
        "quick",
        "quiet",
        "rapid",
        "ready",
        "round",
        "sharp",
        "silent",
        "smart",
        "solid",
        "steady",
        "sunny",
        "swift",
        "tidy",
        "warm",
        "wise",
    ];

    private static readonly string[] Nouns =
    [
        "anchor",
        "beacon",
        "birch",
        "bridge",
        "brook",
        "canal",
        "cedar",
        "cliff",
        "cloud",
        "comet",
        "coral",
        "crane",
        "dune",
        "falcon",
        "fern",
        "fjord",
        "harbor",
        "hazel",
        "heron",
        "island",
        "lagoon",
        "lantern",
        "maple",
        "meadow",
        "otter",
        "pebble",
        "pine",
        "quay",
        "raven",
        "reef",
        "river",
        "rudder",
        "sail",
        "stork",
        "tide",
        "trout",
        "willow",
        "wren",
    ];

    public static string For(string id)
    {
        uint number = uint.Parse(
            id.AsSpan(0, 8),
            System.Globalization.NumberStyles.HexNumber,
            System.Globalization.CultureInfo.InvariantCulture
        );
        return $"{Adjectives[number % Adjectives.Length]}_{Nouns[number / Adjectives.Length % Nouns.Length]}_{id[..6]}";
    }
}
