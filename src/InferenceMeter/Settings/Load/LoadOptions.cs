using System.ComponentModel.DataAnnotations;
using InferenceMeter.LoadTesting;

namespace InferenceMeter.Settings.Load;

/// <summary>What <c>load</c> is told, on its command line only.</summary>
internal sealed record LoadOptions : LoadTestOptions
{
    [Setting("--scenario", "how queries arrive", Value = "NAME")]
    public Scenario Scenario { get; init; } = Scenario.Server;

    [
        Setting("--rate", "queries per second, of server; where ramp ends; where --find-peak begins"),
        Range(LeastRate, MostRate)
    ]
    public double Rate { get; init; } = Defaults.Rate;

    [Setting("--from-rate", "queries per second where ramp begins"), Range(LeastRate, MostRate)]
    public double FromRate { get; init; } = Defaults.FromRate;

    [Setting("--concurrency", "queries in flight, of closed and offline"), Range(1, MostConcurrency)]
    public int Concurrency { get; init; } = 64;

    [Setting("--seconds", "shortest time in which queries are sent, in seconds"), Range(LeastSeconds, MostSeconds)]
    public double Seconds { get; init; } = Defaults.Seconds;

    [Setting("--warm-up", "seconds before that, which do not count; the rate grows during them"), Range(0.0, 3600.0)]
    public double WarmUpSeconds { get; init; } = Defaults.WarmUpSeconds;

    [Setting("--seed", "seed of the arrivals and of the choice of images"), Range(int.MinValue, int.MaxValue)]
    public int Seed { get; init; } = Defaults.Seed;

    [Setting("--samples", "most images that are preloaded and drawn from"), Range(1, 1_000_000)]
    public int Samples { get; init; } = Defaults.Samples;

    [Setting("--find-peak", "find the highest rate of server that keeps the bound, and confirm it")]
    public bool FindPeak { get; init; }

    [Setting("--publish", "with --find-peak on an InferenceMeter: tell it the rate, which becomes its basis slo")]
    public bool Publish { get; init; }

    [Setting("--tensors", "with the target self: send ready pixels instead of encoded images")]
    public bool Tensors { get; init; }

    public override LoadPlan ToPlan() =>
        new()
        {
            Scenario = Scenario,
            Rate = Rate,
            FromRate = FromRate,
            Concurrency = Concurrency,
            Seconds = Seconds,
            WarmUpSeconds = WarmUpSeconds,
            BoundSeconds = BoundSeconds(Scenario),
            Seed = Seed,
            Samples = Samples,
            MaxErrors = MaxErrors,
        };
}
