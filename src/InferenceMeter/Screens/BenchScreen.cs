using InferenceMeter.Hosting;
using Spectre.Console;

namespace InferenceMeter.Screens;

/// <summary>What a bench shows while it runs.</summary>
internal static class BenchScreen
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(0.2);

    /// <summary>Waits until the run is long enough, broke, or was stopped.</summary>
    public static Task WaitAsync(
        IAnsiConsole console,
        MeterParts parts,
        Task work,
        BenchWatch watch,
        CancellationToken stop
    )
    {
        foreach (var (name, value) in FactsTable.Facts(Api.ReadingDocument.From(parts), address: null))
            console.WriteLine($"{name, -9} {value}");
        return console.Profile.Capabilities.Interactive && console.Profile.Capabilities.Ansi
            ? console
                .Status()
                .StartAsync("warming up", status => LoopAsync(parts, work, watch, text => status.Status(text), stop))
            : LoopAsync(parts, work, watch, _ => { }, stop);
    }

    private static async Task LoopAsync(
        MeterParts parts,
        Task work,
        BenchWatch watch,
        Action<string> show,
        CancellationToken stop
    )
    {
        while (!watch.IsDone() && !work.IsCompleted && !stop.IsCancellationRequested && !NeverSteady(parts, watch))
        {
            var rate = watch.Reading.RecentImagesPerSecond is { } recent ? $", {Figures.Rate(recent)} images/s" : "";
            show(
                watch.Measured is { } seconds
                    ? $"measuring: {seconds:0} of {parts.Settings.Bench.Seconds} s, {watch.Reading.State}{rate}"
                    : $"warming up{rate}"
            );
            await Task.WhenAny(work, Task.Delay(Look, CancellationToken.None));
        }
    }

    /// <summary>A run that has not settled after a minute and its own length will not.</summary>
    private static bool NeverSteady(MeterParts parts, BenchWatch watch) =>
        watch.Measured is null && watch.Reading.TotalWallSeconds > 60 + parts.Settings.Bench.Seconds;
}
