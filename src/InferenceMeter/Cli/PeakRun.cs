using InferenceMeter.Documents;
using InferenceMeter.LoadTesting;
using InferenceMeter.Terminal;
using Spectre.Console;

namespace InferenceMeter.Cli;

/// <summary><c>load --find-peak</c>: searches for the highest rate that keeps the bound, a line per run.</summary>
internal static class PeakRun
{
    /// <summary>Shortest run that looks for the rate, in seconds.</summary>
    private const double ShortestSearch = 5;

    /// <summary>How many times longer the run is that confirms the rate.</summary>
    private const double ConfirmationFactor = 6;

    /// <returns>The confirmed rate; <see langword="null"/> when there is none, which is told.</returns>
    public static async Task<LoadDocument?> RunAsync(LoadTestRunner runner, LoadPlan plan, CancellationToken stop)
    {
        var search = new PeakSearch(
            (rate, seconds) => runner.RunAsync(plan with { Rate = rate, Seconds = seconds }),
            (result, isFull) => AnsiConsole.Console.WriteLine(LoadReport.SearchLine(result, isFull))
        );
        var searchSeconds = Math.Max(ShortestSearch, plan.Seconds / ConfirmationFactor);
        var found = await search.RunAsync(plan.Rate, Math.Min(plan.Seconds, searchSeconds), plan.Seconds, stop);
        if (found is not null)
            return runner.Document(found, isPeak: true);
        await Console.Error.WriteLineAsync(
            stop.IsCancellationRequested
                ? "interrupted: no rate was confirmed yet"
                : $"error: no rate keeps the bound of {plan.BoundSeconds * 1e3:0.###} ms; a single image takes longer, "
                    + "or the generator does not keep up"
        );
        return null;
    }
}
