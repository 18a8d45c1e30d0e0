namespace ContainerPS.Tests;

/// <summary>
/// Waits until something is so. Nothing else in the tests sleeps (a House test holds that). That something does not happen is never proved
/// by waiting: a later event that would have come after it proves it, or the state of the process in /proc (<see cref="ProcessState"/>).
/// </summary>
internal static class Eventually
{
    /// <summary>Only a failure takes so long: far above what is waited for takes on a busy machine that is five times slower.</summary>
    public static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    /// <param name="condition">Looked at again and again until it is true.</param>
    /// <param name="what">The thing waited for, for the message: "the end of the monitor".</param>
    public static void True(Func<bool> condition, string what) => Sees(condition, isSo => isSo, what, null);

    /// <summary>The first value that is the right one. The message of a failure shows the last one seen.</summary>
    public static T Sees<T>(Func<T> look, Func<T, bool> isRight, string what) => Sees(look, isRight, what, seen => $"{seen}");

    /// <param name="look">Called again and again.</param>
    /// <param name="isRight">Ends the waiting.</param>
    /// <param name="what">The thing waited for, for the message.</param>
    /// <param name="describe">The last value as the message shows it.</param>
    public static T Sees<T>(Func<T> look, Func<T, bool> isRight, string what, Func<T, string>? describe)
    {
        long end = Environment.TickCount64 + (long)Bound.TotalMilliseconds;

        // Some looks without a pause, for what tests want to see as early as it can be seen; then one each millisecond.
        var pause = new SpinWait();
        while (true)
        {
            T seen = look();
            if (isRight(seen))
            {
                return seen;
            }

            if (Environment.TickCount64 > end)
            {
                string last = describe is null ? "" : $" Seen last: {describe(seen)}";
                Assert.Fail($"Not seen within {Bound.TotalSeconds} s: {what}.{last}");
            }

            pause.SpinOnce();
        }
    }
}
