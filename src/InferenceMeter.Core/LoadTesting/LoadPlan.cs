namespace InferenceMeter.LoadTesting;

/// <summary>What is sent, for how long, and what must hold.</summary>
public sealed record LoadPlan
{
    /// <summary>How queries come.</summary>
    public required Scenario Scenario { get; init; }

    /// <summary>Queries per second, of <see cref="Scenario.Server"/>; where <see cref="Scenario.Ramp"/> ends.</summary>
    public double Rate { get; init; } = 10;

    /// <summary>Where <see cref="Scenario.Ramp"/> begins, queries per second.</summary>
    public double FromRate { get; init; } = 1;

    /// <summary>Queries in flight, of <see cref="Scenario.Closed"/> and <see cref="Scenario.Offline"/>.</summary>
    public int Concurrency { get; init; } = 1;

    /// <summary>Shortest time in which queries are sent, seconds.</summary>
    public double Seconds { get; init; } = 60;

    /// <summary>Before that, not counted, seconds; the rate of open scenarios grows to its own in that time.</summary>
    public double WarmUpSeconds { get; init; } = 4;

    /// <summary>
    /// Latency bound of <see cref="Percentile"/>, seconds; <see langword="null"/> for none. MLPerf's of ResNet-50 in
    /// the server scenario is 15 ms.
    /// </summary>
    public double? BoundSeconds { get; init; }

    /// <summary>
    /// Errors and refusals beyond this share of the queries make a run invalid, where no bound makes them late anyway.
    /// </summary>
    public double MaxErrors { get; init; }

    /// <summary>Seed of arrivals and of the choice of samples.</summary>
    public int Seed { get; init; } = 20_261_123;

    /// <summary>Samples in the set that is drawn from, with replacement.</summary>
    public int Samples { get; init; } = 1024;

    /// <summary>The percentile that counts: 0.90 in single-stream, else 0.99.</summary>
    public double Percentile => Scenario == Scenario.SingleStream ? 0.90 : 0.99;

    /// <summary>Samples in a query.</summary>
    public int SamplesPerQuery => Scenario == Scenario.MultiStream ? 8 : 1;

    /// <summary>Whether queries come when they are scheduled and not when the last one is answered.</summary>
    public bool IsOpen => Scenario is Scenario.Server or Scenario.Ramp;
}
