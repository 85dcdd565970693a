using InferenceMeter.Documents;
using InferenceMeter.LoadTesting;
using InferenceMeter.Reports;
using Spectre.Console;

namespace InferenceMeter.Terminal;

/// <summary>A load run, in the spirit of LoadGen's summary.</summary>
internal static class LoadReport
{
    public static void Print(IAnsiConsole console, LoadDocument run)
    {
        console.WriteLine($"Scenario : {Scenario(run)}");
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

    /// <summary>A run of the search for the highest rate.</summary>
    /// <param name="result">What the run showed.</param>
    /// <param name="isFull">Whether it was of full length, to confirm the rate.</param>
    public static string SearchLine(LoadResult result, bool isFull)
    {
        var run = isFull ? "confirm" : "search ";
        var verb = result.Late <= result.Queries * (1 - result.Plan.Percentile) ? "keeps " : "breaks";
        var reason = result.IsValid || !isFull ? "" : $"; {result.Reasons[0]}";
        return $"{run} {result.Plan.Rate, 10:#,0.##}/s  {verb} the bound: p99 {result.Latency?.P99 * 1e3:#,0.0} ms, "
            + $"{result.Late:#,0} of {result.Queries:#,0} late{reason}";
    }

    private static string Scenario(LoadDocument run)
    {
        var rate = run.Rate is { } perSecond ? $", {perSecond:#,0.##} queries/s scheduled" : "";
        var clients = run.Concurrency is { } inFlight ? $", {inFlight:#,0} in flight" : "";
        var samples = run.SamplesPerQuery > 1 ? $", {run.SamplesPerQuery} images a query" : "";
        return $"{run.Scenario}{rate}{clients}{samples}";
    }

    private static string Ms(double seconds) => $"{seconds * 1e3:#,0.0##}";
}
