namespace InferenceMeter.LoadTesting;

/// <summary>
/// How queries come, with the meaning of MLPerf's LoadGen (https://github.com/mlcommons/inference/tree/master/loadgen)
/// where it has the scenario.
/// </summary>
public enum Scenario
{
    /// <summary>All at once: throughput counts.</summary>
    Offline,

    /// <summary>Poisson arrivals at a rate, one sample each; p99 must be within the bound.</summary>
    Server,

    /// <summary>One sample after the other; p90 counts.</summary>
    SingleStream,

    /// <summary>Eight samples a query, one query after the other; p99 counts.</summary>
    MultiStream,

    /// <summary>
    /// So many clients, each asks again when it has its answer. A slow answer hides the next ones: not for latency
    /// claims.
    /// </summary>
    Closed,

    /// <summary>Poisson arrivals at a rate that grows from one to another.</summary>
    Ramp,
}

/// <summary>Names of scenarios.</summary>
public static class ScenarioNames
{
    /// <summary>As they are given on a command line.</summary>
    public static IReadOnlyDictionary<string, Scenario> All { get; } =
        new Dictionary<string, Scenario>(StringComparer.Ordinal)
        {
            ["offline"] = Scenario.Offline,
            ["server"] = Scenario.Server,
            ["single-stream"] = Scenario.SingleStream,
            ["multi-stream"] = Scenario.MultiStream,
            ["closed"] = Scenario.Closed,
            ["ramp"] = Scenario.Ramp,
        };

    /// <summary>The name of one.</summary>
    public static string Label(this Scenario scenario) => All.First(pair => pair.Value == scenario).Key;
}
