using System.ComponentModel.DataAnnotations;
using InferenceMeter.LoadTesting;

namespace InferenceMeter.Settings.Load;

/// <summary>
/// What <c>load</c> and <c>sweep</c> are both told. All of their own options stand on the command line only: a settings
/// file and the environment describe a machine and its meter, and not one test of it.
/// </summary>
internal abstract record LoadTestOptions
{
    protected const double LeastRate = 0.01;
    protected const double MostRate = 1_000_000;
    protected const int MostConcurrency = 100_000;
    protected const double LeastSeconds = 1;
    protected const double MostSeconds = 86_400;

    /// <summary>The server that is tested; <see langword="null"/> for the pipeline in this process.</summary>
    [Setting("TARGET", "what to test; self is the pipeline in this process")]
    public Uri? Address { get; init; }

    [Setting("--protocol", "how to ask an address", Value = "NAME")]
    public LoadProtocol Protocol { get; init; } = LoadProtocol.Classify;

    [Setting("--target-model", "with --protocol v2 or grpc: name of the model", Value = "NAME")]
    public string TargetModel { get; init; } = "resnet50";

    /// <summary>The host that requests name; <see langword="null"/> for that of the address.</summary>
    [Setting(
        "--host-header",
        "with an address: the Host header of each request, for servers behind a proxy",
        Value = "HOST"
    )]
    public string? HostHeader { get; init; }

    /// <summary>The bound that was typed, or <see langword="null"/>.</summary>
    [Setting(
        "--bound",
        "latency bound of the 99th percentile, in single-stream of the 90th; default: "
            + $"{LatencyBound.Mlperf} in server, as MLPerf's for ResNet-50, else none",
        Value = "TIME"
    )]
    public LatencyBound? Bound { get; init; }

    [
        Setting("--max-errors", "without a bound: share of queries that may fail or be turned away", Value = "SHARE"),
        Range(0.0, 1.0)
    ]
    public double MaxErrors { get; init; } = Defaults.MaxErrors;

    [Setting("--json", "write the result as JSON", Value = "FILE")]
    public string? Json { get; init; }

    /// <summary>What the core takes for granted.</summary>
    protected static LoadPlan Defaults { get; } = new() { Scenario = Scenario.Server };

    /// <summary>What each run has in common.</summary>
    public abstract LoadPlan ToPlan();

    /// <summary>The bound that was typed, or the scenario's own; seconds.</summary>
    protected double? BoundSeconds(Scenario scenario) => (Bound ?? LatencyBound.Default(scenario)).Seconds;
}
