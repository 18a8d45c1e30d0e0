using System.Globalization;
using System.Text.Json;

namespace ContainerPS.Bench;

/// <summary>The table for people and its JSON twin.</summary>
public static class Report
{
    public static void Print(RowResult result)
    {
        Row row = result.Row;
        string ours = row.Contenders[0].Name;
        string idle = row.Pause > TimeSpan.Zero ? Text($", {row.Pause.TotalMilliseconds:0} ms idle between") : "";
        Console.WriteLine(
            Text($"{row.Title}   [{row.Unit}, {row.Runs} runs{idle}, load {result.LoadBefore:0.00} → {result.LoadAfter:0.00}]")
        );
        foreach (Contender contender in row.Contenders)
        {
            if (!result.Samples.TryGetValue(contender.Name, out Sample? sample))
            {
                Console.WriteLine($"  {contender.Name, -34} absent: {contender.Absent}");
                continue;
            }

            string ratio =
                contender.Name == ours || !result.Samples.ContainsKey(ours)
                    ? ""
                    : Text($"ours is {result.Samples[ours].Median / sample.Median:0.00}x");
            string spread = Text($"min {sample.Minimum, 9:0.00}   p90 {sample.Percentile90, 9:0.00}");
            Console.WriteLine(Text($"  {contender.Name, -34} median {sample.Median, 9:0.00}   {spread}   {ratio}"));
        }

        foreach ((string text, bool? holds) in Verdicts(result))
        {
            Console.WriteLine($"  {(holds switch { true => "holds       ", false => "FALLS SHORT ", null => "not measured" })} {text}");
        }

        if (FallsShort(result))
        {
            Console.WriteLine($"  where the time goes: {row.Traced}");
        }

        Console.WriteLine();
    }

    public static IEnumerable<(string Text, bool? Holds)> Verdicts(RowResult result)
    {
        if (!result.Samples.TryGetValue(result.Row.Contenders[0].Name, out Sample? ours))
        {
            yield break;
        }

        foreach (Bound bound in result.Row.Bounds)
        {
            yield return (
                bound.Text,
                result.Samples.TryGetValue(bound.Other, out Sample? other) ? bound.Holds(ours.Median, other.Median) : null
            );
        }

        if (result.Row.Ceiling is { } ceiling)
        {
            yield return (Text($"at most {ceiling:0.#} {result.Row.Unit}"), ours.Median <= ceiling);
        }
    }

    private static bool FallsShort(RowResult result) =>
        result.Row.Traced is not null && Verdicts(result).Any(verdict => verdict.Holds == false);

    public static void WriteJson(string path, IReadOnlyList<RowResult> results, IReadOnlyDictionary<string, string> versions)
    {
        using FileStream file = File.Create(path);
        using var writer = new Utf8JsonWriter(file, new JsonWriterOptions { Indented = true });
        writer.WriteStartObject();
        writer.WriteString("machine", Machine.Description);
        writer.WriteStartObject("versions");
        foreach ((string? name, string? version) in versions)
        {
            writer.WriteString(name, version);
        }

        writer.WriteEndObject();
        writer.WriteStartArray("rows");
        foreach (RowResult result in results)
        {
            WriteRow(writer, result);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteRow(Utf8JsonWriter writer, RowResult result)
    {
        writer.WriteStartObject();
        writer.WriteString("title", result.Row.Title);
        writer.WriteString("unit", result.Row.Unit);
        writer.WriteNumber("runs", result.Row.Runs);
        writer.WriteNumber("pauseMilliseconds", result.Row.Pause.TotalMilliseconds);
        writer.WriteNumber("loadBefore", result.LoadBefore);
        writer.WriteNumber("loadAfter", result.LoadAfter);
        writer.WriteStartArray("contenders");
        foreach (Contender contender in result.Row.Contenders)
        {
            WriteContender(writer, contender, result);
        }

        writer.WriteEndArray();
        writer.WriteStartArray("bounds");
        foreach ((string text, bool? holds) in Verdicts(result))
        {
            writer.WriteStartObject();
            writer.WriteString("bound", text);
            if (holds is { } known)
            {
                writer.WriteBoolean("holds", known);
            }
            else
            {
                writer.WriteNull("holds");
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        if (FallsShort(result))
        {
            writer.WriteString("whereTheTimeGoes", result.Row.Traced);
        }

        writer.WriteEndObject();
    }

    private static void WriteContender(Utf8JsonWriter writer, Contender contender, RowResult result)
    {
        writer.WriteStartObject();
        writer.WriteString("name", contender.Name);
        if (result.Samples.TryGetValue(contender.Name, out Sample? sample))
        {
            writer.WriteNumber("median", Math.Round(sample.Median, 3));
            writer.WriteNumber("minimum", Math.Round(sample.Minimum, 3));
            writer.WriteNumber("percentile90", Math.Round(sample.Percentile90, 3));
        }
        else
        {
            writer.WriteString("absent", contender.Absent);
        }

        writer.WriteEndObject();
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
