using InferenceMeter.Documents;
using InferenceMeter.Metering;
using InferenceMeter.Reports;
using InferenceMeter.Runs;
using Spectre.Console;

namespace InferenceMeter.Terminal;

/// <summary>What a bench shows before and while it runs.</summary>
internal static class BenchScreen
{
    /// <summary>What is about to be measured.</summary>
    public static void PrintFacts(IAnsiConsole console, ReadingDocument reading)
    {
        foreach (var (name, value) in FactsTable.Facts(reading, address: null))
            console.WriteLine($"{name, -9} {value}");
    }

    /// <summary>One line for how far the run is.</summary>
    public static string Line(RunProgress progress, double seconds)
    {
        var rate = progress.Reading.RecentImagesPerSecond is { } recent ? $", {Figures.Rate(recent)} images/s" : "";
        return progress.MeasuredSeconds is { } measured
            ? $"measuring: {measured:0} of {seconds:0} s, {progress.Reading.State.Label()}{rate}"
            : $"warming up{rate}";
    }

    /// <summary>One pair of <c>--paired</c>.</summary>
    public static string Line(RunPair pair, int number, int of) =>
        $"pair {number, 2} of {of}: pipeline {Figures.Rate(pair.Pipeline)} images/s, "
        + $"bare loop {Figures.Rate(pair.BareLoop)} images/s, ratio {pair.Ratio:0.000}";

    /// <summary>The result of <c>--paired</c>.</summary>
    public static string Line(PairedRatio? ratio, IReadOnlyList<RunPair> pairs, Scope scope)
    {
        if (ratio is null)
            return "ratio       too few pairs for an interval";
        return $"ratio       {ratio.Ratio.Value:0.000} ({ratio.Ratio.Low:0.000} to {ratio.Ratio.High:0.000}, "
            + $"95 % interval) of the bare loop, scope {scope.Label()}, {pairs.Count} pairs, "
            + $"min {pairs.Min(pair => pair.Ratio):0.000}, max {pairs.Max(pair => pair.Ratio):0.000}";
    }
}
