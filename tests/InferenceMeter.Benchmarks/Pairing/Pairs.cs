using InferenceMeter.Metering;

namespace InferenceMeter.Benchmarks.Pairing;

/// <summary>Runs two sides in turns and prints their ratio with its interval.</summary>
internal static class Pairs
{
    /// <summary>
    /// Runs and prints the pairs, and the ratio of <paramref name="ours"/> over <paramref name="baseline"/>.
    /// </summary>
    /// <param name="pairs">How many, at least 3.</param>
    /// <param name="ours">Name and one segment in images/s.</param>
    /// <param name="baseline">Name and one segment in images/s.</param>
    public static async Task RunAsync(
        int pairs,
        (string Name, Func<Task<double>> Run) ours,
        (string Name, Func<Task<double>> Run) baseline
    )
    {
        // One segment each that warms up and does not count: caches, page faults, tiered compilation.
        await ours.Run();
        await baseline.Run();
        var measured = new List<(double A, double B)>();
        while (measured.Count < pairs)
        {
            // In turns which goes first: a drift over a pair would else always favour the same side.
            double a,
                b;
            if (measured.Count % 2 == 0)
                (a, b) = (await ours.Run(), await baseline.Run());
            else
                (b, a) = (await baseline.Run(), await ours.Run());
            measured.Add((a, b));
            Console.WriteLine(
                $"pair {measured.Count, 2} of {pairs}: {ours.Name} {a:0.0}, {baseline.Name} {b:0.0} "
                    + $"images/s, ratio {a / b:0.000}"
            );
        }

        if (PairedRatio.Of(measured) is { } ratio)
            Console.WriteLine(
                $"ratio {ours.Name} / {baseline.Name}: {ratio.Ratio.Value:0.000} ({ratio.Ratio.Low:0.000} "
                    + $"to {ratio.Ratio.High:0.000}, 95 % interval), min {measured.Min(p => p.A / p.B):0.000}, "
                    + $"max {measured.Max(p => p.A / p.B):0.000}"
            );
    }
}
