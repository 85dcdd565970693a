using InferenceMeter.Documents;
using InferenceMeter.Errors;
using InferenceMeter.Metering;
using InferenceMeter.Reports;
using Spectre.Console;

namespace InferenceMeter.Terminal;

/// <summary>What <c>--once</c> did, in a few lines.</summary>
internal static class OnceSummary
{
    /// <summary>Prints it.</summary>
    /// <returns>The exit code: 130 when images are left for a later run, 1 when any failed.</returns>
    public static int Print(IAnsiConsole console, ReadingDocument reading, bool interrupted, int before)
    {
        var images = reading.Images;
        var rate = images.Ok / Math.Max(reading.UptimeSeconds, 1e-9);
        console.WriteLine();
        if (interrupted)
            console.WriteLine("interrupted: what was in flight is finished; go on with --resume");
        if (before > 0)
            console.WriteLine($"{before:#,0} images had been answered before and were left alone");
        console.WriteLine(
            $"{images.Ok:#,0} images ok, {images.Failed:#,0} "
                + $"failed{Reasons(images)}{(images.Rejected > 0 ? $", {images.Rejected:#,0} given up" : "")}"
        );
        console.WriteLine(
            $"{Figures.Duration(TimeSpan.FromSeconds(reading.UptimeSeconds))}, {Figures.Rate(rate)} "
                + $"images/s overall, {Figures.Usd(reading.SpentUsd)} at {Figures.Price(reading.Price)}"
        );
        foreach (var fetch in reading.Fetch ?? [])
            console.WriteLine($"fetched from {Figures.Fetch(fetch)}");
        var steady = reading.Costs.FirstOrDefault(c =>
            c.Basis == Basis.Wall.Label() && c.Window == MeasurementWindow.SinceStart.Label()
        );
        console.WriteLine(
            steady is not null
                ? $"{Figures.CostWithInterval(steady)}, {reading.State} since "
                    + $"{Figures.Duration(TimeSpan.FromSeconds(reading.SteadySeconds ?? 0))}"
                : "no quotable cost: "
                    + $"{reading.StateReason ?? "the run ended before the throughput was steady"}; run more "
                    + "images, or `bench`"
        );
        if (interrupted)
            return ExitCodes.Interrupted;
        return images.Failed > 0 ? ExitCodes.Failed : ExitCodes.Ok;
    }

    private static string Reasons(ImagesDocument images) =>
        images.Failed == 0
            ? ""
            : $" ({string.Join(", ", images.FailedBy.Select(pair => $"{pair.Value:#,0} {pair.Key}"))})";
}
