using InferenceMeter.Documents;
using InferenceMeter.Reports;
using InferenceMeter.Runs;
using Spectre.Console;

namespace InferenceMeter.Terminal;

/// <summary>The printed result of a bench.</summary>
internal static class BenchReport
{
    public static void Print(IAnsiConsole console, BenchDocument result)
    {
        console.WriteLine();
        var throughput = result.ImagesPerSecond is { } rate
            ? $"{Figures.RateWithInterval(rate)} (95 % interval)"
            : "no interval";
        console.WriteLine(
            $"throughput  {throughput}, "
                + $"scope {result.Scope}, {result.Images:#,0} images in {result.DurationSeconds:0.0} s after "
                + $"{result.WarmUpSeconds:0.0} s of warm-up"
        );
        foreach (var cost in result.Costs)
            console.WriteLine(
                $"{cost.Basis, -11} {Figures.CostWithInterval(cost)} at ${cost.UsdPerHour:0.00####}/hour, "
                    + $"{result.Price.Source}{(result.Price.Stale ? ", STALE" : "")}"
            );
        if (result.Money is { } money)
            console.WriteLine($"money       {Figures.Money(money)}");
        foreach (var fetch in result.Fetch ?? [])
            console.WriteLine($"fetched     {Figures.Fetch(fetch)}");
        if (result.Energy is { } energy)
            console.WriteLine($"energy      {Figures.Energy(energy)}");
        console.WriteLine(
            "busy        "
                + $"{string.Join(", ", result.StageBusyShares.Select(pair => $"{pair.Key} {pair.Value:0.0%}"))} "
                + "of the time, per worker"
        );
        if (result.Bottleneck is { } limit)
            console.WriteLine($"limit       {string.Join("; ", Figures.Limit(limit))}");
        foreach (
            var device in result.Devices.Where(device =>
                device.MeanWatts is not null || device.MeanSmClockMegahertz is not null
            )
        )
            console.WriteLine($"{device.Device, -11} {string.Join(", ", Figures.Device(device))}");
        if (result.LatencySeconds is { } latency)
            console.WriteLine(
                $"latency     p50 {latency.P50 * 1e3:0.0} ms, p90 {latency.P90 * 1e3:0.0} ms, p99 "
                    + $"{latency.P99 * 1e3:0.0} ms, from hand-out to answer, queues included"
            );
        if (result.CpuStolenShare is { } stolen)
            console.WriteLine(
                $"machine     {stolen:0.0%} of CPU time stolen by other machines, throttled: "
                    + Throttled(result.DeviceThrottled)
            );
        foreach (var mismatch in result.Price.Mismatches ?? [])
            console.WriteLine($"price       {mismatch}");
        foreach (var note in result.Notes)
            console.WriteLine($"note        {note}");
        var rules = result.Rules == RunRules.MlPerf.Name ? ", by MLPerf's lengths: 600 s and 24,576 images" : "";
        console.WriteLine($"verdict     {result.Verdict}{rules}");
        foreach (var reason in result.Reasons)
            console.WriteLine($"            {reason}");
    }

    private static string Throttled(bool? throttled) =>
        throttled switch
        {
            true => "yes",
            false => "no",
            null => "unknown",
        };
}
