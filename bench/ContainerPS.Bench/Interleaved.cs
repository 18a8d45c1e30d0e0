namespace ContainerPS.Bench;

/// <summary>Runs the contenders of a row in turn, A B C A B C …, so that a drift of the machine meets all of them alike; one round first that is not counted.</summary>
public static class Interleaved
{
    public static RowResult Run(Row row)
    {
        Contender[] present = [.. row.Contenders.Where(contender => contender.Once is not null)];
        foreach (Contender contender in present.Where(contender => contender.IsManaged)) Warm(contender);
        var samples = present.ToDictionary(contender => contender.Name, _ => new Sample());
        double before = Machine.Load;
        for (int round = -1; round < row.Runs; round++)
        {
            foreach (Contender contender in Rotated(present, round))
            {
                if (row.Pause > TimeSpan.Zero) Thread.Sleep(row.Pause);
                double value = contender.Once!();
                if (round >= 0) samples[contender.Name].Add(value);
            }
        }

        return new RowResult(row, samples, before, Machine.Load);
    }

    /// <summary>A method is compiled again after 30 calls and a pause of 100 ms; instrumented, and then once more.</summary>
    private static void Warm(Contender contender)
    {
        for (int phase = 0; phase < 3; phase++)
        {
            for (int i = 0; i < 40; i++) contender.Once!();
            Thread.Sleep(500);
        }
    }

    /// <summary>Who comes first changes from round to round: what one leaves behind (dirty pages, RCU work) is not always paid by the same next.</summary>
    private static IEnumerable<Contender> Rotated(Contender[] contenders, int round) =>
        contenders.Select((_, index) => contenders[(index + Math.Max(round, 0)) % contenders.Length]);
}
