namespace ContainerPS.Native.Shim.Monitoring;

/// <summary>RFC 3339 in UTC with nine digits of a second, as the CRI log format wants it.</summary>
internal static class CalendarTime
{
    private const long SecondsOfDay = 86_400;

    public static void Write(ref TextBuffer target, long nanoseconds)
    {
        long seconds = nanoseconds / 1_000_000_000;
        long ofDay = seconds % SecondsOfDay;
        Date(ref target, seconds / SecondsOfDay);
        target.Byte((byte)'T');
        target.Digits((ulong)(ofDay / 3600), 2);
        target.Byte((byte)':');
        target.Digits((ulong)(ofDay / 60 % 60), 2);
        target.Byte((byte)':');
        target.Digits((ulong)(ofDay % 60), 2);
        target.Byte((byte)'.');
        target.Digits((ulong)(nanoseconds % 1_000_000_000), 9);
        target.Byte((byte)'Z');
    }

    /// <summary>
    /// The civil date of a day number since 1970: eras of 400 years (146097 days) whose years begin in March, so that the leap day comes
    /// last.
    /// </summary>
    private static void Date(ref TextBuffer target, long days)
    {
        long shifted = days + 719_468;
        long era = shifted / 146_097;
        long dayOfEra = shifted % 146_097;
        long yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365;
        long dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
        long marchMonth = (5 * dayOfYear + 2) / 153;
        long month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
        target.Digits((ulong)(yearOfEra + era * 400 + (month <= 2 ? 1 : 0)), 4);
        target.Byte((byte)'-');
        target.Digits((ulong)month, 2);
        target.Byte((byte)'-');
        target.Digits((ulong)(dayOfYear - (153 * marchMonth + 2) / 5 + 1), 2);
    }
}
