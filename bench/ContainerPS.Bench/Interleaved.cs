namespace ContainerPS.Bench;

/// <summary>
/// Runs the contenders of a row in rounds, each once a round, so that a drift of the machine meets all of them alike; one round first that
/// is not counted. The order within a round is drawn anew: what one leaves behind (dirty pages, RCU work, a clean-up process) is not always
/// paid by the same next.
/// </summary>
public static class Interleaved
{
    /// <summary>The same orders in every run of the program.</summary>
    private const int Seed = 1;

    public static RowResult Run(Row row)
    {
        Contender[] present = [.. row.Contenders.Where(contender => contender.Once is not null)];
        foreach (Contender contender in present.Where(contender => contender.IsManaged))
        {
            Warm(contender);
        }

        Dictionary<string, Sample> samples = present.ToDictionary(contender => contender.Name, _ => new Sample());
        double before = Machine.Load;
        var order = new Random(Seed);
        for (int round = -1; round < row.Runs; round++)
        {
            order.Shuffle(present);
            foreach (Contender contender in present)
            {
                if (row.Pause > TimeSpan.Zero)
                {
                    Machine.AwaitIdle(row.Pause);
                }

                double value = contender.Once!();
                if (round >= 0)
                {
                    samples[contender.Name].Add(value);
                }
            }
        }

        return new RowResult(row, samples, before, Machine.Load);
    }

    /// <summary>A method is compiled again after 30 calls and a pause of 100 ms; instrumented, and then once more.</summary>
    private static void Warm(Contender contender)
    {
        for (int phase = 0; phase < 3; phase++)
        {
            for (int i = 0; i < 40; i++)
            {
                contender.Once!();
            }

            Thread.Sleep(500);
        }
    }
}
