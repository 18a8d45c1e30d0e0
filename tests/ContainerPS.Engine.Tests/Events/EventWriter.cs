using System.Diagnostics;
using System.Globalization;
using ContainerPS.Engine.Common;
using ContainerPS.Engine.Events;

namespace ContainerPS.Engine.Tests.Events;

/// <summary>
/// Another process that writes events: this assembly, executed as a program. It says the number of each event after it was written.
/// </summary>
internal sealed class EventWriter : IDisposable
{
    public const string Verb = "events";

    private readonly Process _process;

    private EventWriter(Process process) => _process = process;

    /// <summary>Writes so many events in the name of a writer.</summary>
    public static EventWriter Start(string root, EventBounds bounds, string writer, int count) =>
        new(
            Process.Start(
                new ProcessStartInfo(
                    Environment.ProcessPath!,
                    [
                        "exec",
                        typeof(EventWriter).Assembly.Location,
                        Verb,
                        root,
                        bounds.SegmentSize.ToString(CultureInfo.InvariantCulture),
                        bounds.Segments.ToString(CultureInfo.InvariantCulture),
                        writer,
                        count.ToString(CultureInfo.InvariantCulture),
                    ]
                )
                {
                    RedirectStandardOutput = true,
                }
            )!
        );

    /// <summary>The part in the other process.</summary>
    public static int Run(string[] args)
    {
        var bounds = new EventBounds(long.Parse(args[1], CultureInfo.InvariantCulture), int.Parse(args[2], CultureInfo.InvariantCulture));
        var journal = new EventJournal(new StoreLocation(args[0], args[0] + "-run"), bounds);
        int count = int.Parse(args[4], CultureInfo.InvariantCulture);
        using Stream said = Console.OpenStandardOutput();
        for (int number = 1; number <= count; number++)
        {
            journal.Append(Event(args[3], number));
            if (journal.TakeFailure() is { } failure)
            {
                throw failure;
            }

            said.Write(System.Text.Encoding.ASCII.GetBytes(FormattableString.Invariant($"{number}\n")));
        }

        return 0;
    }

    /// <summary>Of different lengths, so that segments end anywhere in a line.</summary>
    public static EventEntry Event(string writer, int number) =>
        new(EventTypes.Container, "test", writer)
        {
            Name = new string('x', number % 97),
            Attributes = [("number", number.ToString(CultureInfo.InvariantCulture))],
        };

    /// <summary>Waits until it has said this number.</summary>
    public void AwaitNumber(int number)
    {
        while (_process.StandardOutput.ReadLine() is { } line && line != number.ToString(CultureInfo.InvariantCulture))
        {
            // Numbers before it.
        }
    }

    public void Kill() => _process.Kill();

    /// <summary>The last number that it has said, when it has ended.</summary>
    public int LastSaid()
    {
        string[] said = _process.StandardOutput.ReadToEnd().Split('\n');
        _process.WaitForExit();
        // The last piece has no line feed: it is empty, or was cut off by the kill.
        return said.Length < 2 ? 0 : int.Parse(said[^2], CultureInfo.InvariantCulture);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }
}
