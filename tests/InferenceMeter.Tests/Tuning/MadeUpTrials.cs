using InferenceMeter.Metering;
using InferenceMeter.Tuning;

namespace InferenceMeter.Tests.Tuning;

/// <summary>Candidates, and trials of them whose throughput a test makes up.</summary>
internal static class MadeUpTrials
{
    public static readonly Constraints None = new(null, null);
    public static readonly double[] Rounds = [1, 6, 36];

    public static Candidate Make(int batch, int instances) =>
        new Candidate
        {
            Model = "m",
            Precision = "fp32",
            Batch = batch,
            Instances = instances,
            Threads = 1,
            Decoders = 1,
        };

    public static TuningResult Run(
        IReadOnlyList<Candidate> candidates,
        Func<Candidate, double?> rate,
        Constraints? constraints = null,
        double halfWidth = 0.01,
        Objective objective = Objective.Usd,
        double[]? rounds = null
    ) =>
        new SuccessiveHalving(objective, constraints ?? None, rounds ?? Rounds)
            .RunAsync(
                candidates,
                (candidate, seconds) => Task.FromResult(Measured(candidate, seconds, rate(candidate), halfWidth)),
                (_, _) => { }
            )
            .GetAwaiter()
            .GetResult();

    public static Trial Measured(Candidate candidate, double seconds, double? rate, double halfWidth) =>
        rate is { } value
            ? new Trial
            {
                Candidate = candidate,
                Seconds = seconds,
                ImagesPerSecond = new Estimate(value, value * (1 - halfWidth), value * (1 + halfWidth)),
                UsdPerBillion = 1e9 / value / 3600,
                P99Seconds = candidate.Batch * 0.01,
                JoulesPerImage = candidate.Batch * 0.1,
                MemoryBytes = candidate.Batch * 1_000_000L,
                Failure = null,
            }
            : new Trial
            {
                Candidate = candidate,
                Seconds = seconds,
                ImagesPerSecond = null,
                UsdPerBillion = null,
                P99Seconds = null,
                JoulesPerImage = null,
                MemoryBytes = null,
                Failure = "out of memory",
            };
}
