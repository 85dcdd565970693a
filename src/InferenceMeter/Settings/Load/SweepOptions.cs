using System.ComponentModel.DataAnnotations;
using InferenceMeter.LoadTesting;

namespace InferenceMeter.Settings.Load;

/// <summary>What <c>sweep</c> is told, on its command line only.</summary>
internal sealed record SweepOptions : LoadTestOptions
{
    [
        Setting("--rates", "queries per second of runs of the scenario server, such as 5,10,20", Value = "LIST"),
        Range(LeastRate, MostRate)
    ]
    public IReadOnlyList<double>? Rates { get; init; }

    [
        Setting("--concurrency", "clients of runs of the scenario closed, such as 1,2,4", Value = "LIST"),
        Range(1, MostConcurrency)
    ]
    public IReadOnlyList<int>? Concurrency { get; init; }

    [
        Setting("--batches", "with the target self: images in a full batch, such as 1,4,8", Value = "LIST"),
        Range(1, 4096)
    ]
    public IReadOnlyList<int>? Batches { get; init; }

    [Setting("--seconds", "length of each run, in seconds"), Range(LeastSeconds, MostSeconds)]
    public double Seconds { get; init; } = 20;

    [Setting("--csv", "write a row per run as CSV", Value = "FILE")]
    public string? Csv { get; init; }

    [Setting("--plot", "write a drawing of latency against throughput, with the cost (SVG)", Value = "FILE")]
    public string? Plot { get; init; }

    /// <summary>How many runs the lists give together.</summary>
    public int Runs => (Rates?.Count ?? Concurrency?.Count ?? 0) * (Batches?.Count ?? 1);

    public override LoadPlan ToPlan()
    {
        var scenario = Rates is null ? Scenario.Closed : Scenario.Server;
        return new LoadPlan
        {
            Scenario = scenario,
            Seconds = Seconds,
            BoundSeconds = BoundSeconds(scenario),
            MaxErrors = MaxErrors,
        };
    }

    /// <summary>The runs at one batch size, in the order of the list.</summary>
    public IEnumerable<LoadPlan> ToPlans()
    {
        var plan = ToPlan();
        return Rates?.Select(rate => plan with { Rate = rate })
            ?? Concurrency?.Select(clients => plan with { Concurrency = clients })
            ?? [];
    }
}
