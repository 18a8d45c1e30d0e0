namespace ContainerPS.Engine.Containers.Definition;

/// <summary>user[:group], each a name or a number. Whether a name is known is the image's affair.</summary>
internal static class UserSyntax
{
    public static void Validate(string user)
    {
        string[] parts = user.Split(':');
        if (user.Length == 0)
        {
            return;
        }

        if (
            parts.Length > 2
            || parts.Any(part => part.Length == 0 || part.AsSpan().ContainsAny('/', '\0', '\n') || char.IsWhiteSpace(part[0]))
        )
        {
            throw Invalid.Argument($"The user '{user}' is not understood.", user, "Use user, uid, user:group or uid:gid.");
        }

        foreach (string part in parts)
        {
            if (part.All(char.IsAsciiDigit) && !IsId(part))
            {
                throw Invalid.Argument($"The id {part} is out of range.", user, "An id is at most 4294967294.");
            }
        }
    }

    // The highest number means "leave it as it is" to the kernel (man 2 setresuid).
    private static bool IsId(string text) =>
        uint.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out uint id)
        && id != uint.MaxValue;
}
