namespace InferenceMeter.LoadTesting;

/// <summary>
/// Finds the highest rate at which a run is valid: doubles it until one is not, halves the gap until it is small, and
/// then confirms the rate with
/// runs of full length; one that is not confirmed goes down, by twice as much each time.
/// </summary>
/// <param name="run">Runs a rate for so many seconds.</param>
/// <param name="onProgress">Told each run, and whether it was of full length.</param>
public sealed class PeakSearch(Func<double, double, Task<LoadResult>> run, Action<LoadResult, bool> onProgress)
{
    /// <summary>Share of the rate within which it is found.</summary>
    public const double Resolution = 0.02;

    /// <summary>Runs that must be valid one after the other.</summary>
    public const int Confirmations = 2;

    private const double Lowest = 0.01;

    /// <summary>Searches.</summary>
    /// <param name="first">Rate to begin with, queries per second.</param>
    /// <param name="shortSeconds">Of a run that looks for it.</param>
    /// <param name="fullSeconds">Of one that confirms it.</param>
    /// <param name="stop">Ends it early.</param>
    /// <returns>The last confirming run at the highest rate; <see langword="null"/> when no rate is valid.</returns>
    public async Task<LoadResult?> RunAsync(
        double first,
        double shortSeconds,
        double fullSeconds,
        CancellationToken stop
    )
    {
        var (good, bad) = (0.0, double.PositiveInfinity);
        for (
            var rate = first;
            !stop.IsCancellationRequested && rate > Lowest && bad / Math.Max(good, 1e-9) > 1 + Resolution;

        )
        {
            // A rate needs its queries: 459 with none late is the least that shows a p99.
            var seconds = Math.Max(shortSeconds, 1.2 * EarlyStopping.QueriesNeeded(0, 0.99) / rate);
            var holds = false;
            // A rate that breaks is tried once more: the machine may have been busy with something else.
            for (var tries = 0; tries < 2 && !holds && !stop.IsCancellationRequested; tries++)
            {
                var result = await run(rate, Math.Min(seconds, Math.Max(fullSeconds, shortSeconds)));
                onProgress(result, false);
                holds = Holds(result);
            }

            if (holds)
                good = rate;
            else
                bad = rate;
            rate = (good, bad) switch
            {
                (0, _) => rate / 2,
                (_, double.PositiveInfinity) => rate * 2,
                _ => (good + bad) / 2,
            };
        }

        for (
            var (rate, step) = (good, Resolution);
            rate > Lowest && !stop.IsCancellationRequested;
            rate *= 1 - step, step = Math.Min(2 * step, 0.5)
        )
        {
            LoadResult? last = null;
            for (var i = 0; i < Confirmations && last?.IsValid != false && !stop.IsCancellationRequested; i++)
                onProgress(last = await run(rate, fullSeconds), true);
            if (last is { IsValid: true } && !stop.IsCancellationRequested)
                return last;
        }

        return null;
    }

    /// <summary>Too few queries for a verdict are no reason against a rate; the confirmation will say.</summary>
    private static bool Holds(LoadResult result) =>
        result.Ok > 0
        && !result.Interrupted
        && result.Late <= result.Queries * (1 - result.Plan.Percentile)
        && LoadRules.KeptUp(result.Plan, result.LagP99Seconds, result.Latency);
}
