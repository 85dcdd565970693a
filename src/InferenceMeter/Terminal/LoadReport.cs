using InferenceMeter.Documents;
using InferenceMeter.Reports;
using Spectre.Console;

namespace InferenceMeter.Terminal;

/// <summary>A load run, in the spirit of LoadGen's summary.</summary>
internal static class LoadReport
{
    public static void Print(IAnsiConsole console, LoadDocument run)
    {
        console.WriteLine(
            $"Scenario : {run.Scenario}"
                + (run.Rate is { } rate ? $", {rate:#,0.##} queries/s scheduled" : "")
                + (run.Concurrency is { } clients ? $", {clients:#,0} in flight" : "")
                + (run.SamplesPerQuery > 1 ? $", {run.SamplesPerQuery} images a query" : "")
        );
        console.WriteLine($"Target   : {run.Target}");
        console.WriteLine($"Result is : {run.Verdict}");
        foreach (var reason in run.Reasons)
            console.WriteLine($"  because {reason}");
        console.WriteLine(
            $"  images      {Figures.Rate(run.ImagesPerSecond)}/s; {run.Queries:#,0} queries in "
                + $"{run.Seconds:0.0} s: {run.Ok:#,0} answered, {run.Rejected:#,0} turned away, {run.Errors:#,0} failed"
        );
        if (run.LatencySeconds is { } latency)
            console.WriteLine(
                $"  latency ms  mean {Ms(latency.Mean)}, p50 {Ms(latency.P50)}, p90 {Ms(latency.P90)}, p95 "
                    + $"{Ms(latency.P95)}, p99 {Ms(latency.P99)}, p99.9 {Ms(latency.P999)}, p99.99 "
                    + $"{Ms(latency.P9999)}, max {Ms(latency.Max)}"
            );
        if (run.BoundSeconds is { } bound)
            console.WriteLine(
                $"  bound       {Ms(bound)} ms for {run.Percentile:0%}: {run.Late:#,0} late; early "
                    + $"stopping needs {run.QueriesNeeded:#,0} queries at that"
            );
        if (run.LagP99Seconds is { } lag)
            console.WriteLine($"  send lag    p99 {lag * 1e3:0.000} ms, max {run.LagMaxSeconds * 1e3:0.000} ms");
        if (run.UsdPerBillionImages is { } usd)
            console.WriteLine(
                $"  cost        {Figures.Usd(usd)} per billion images at this rate, at "
                    + $"${run.UsdPerHour:0.00####}/hour ({run.PriceSource})"
            );
        console.WriteLine($"  seed        {run.Seed}");
    }

    private static string Ms(double seconds) => $"{seconds * 1e3:#,0.0##}";
}
