namespace InferenceMeter.Settings.Load;

/// <summary>Rules that one option of <c>sweep</c> alone does not show.</summary>
internal static class SweepOptionsRules
{
    private const int MostRuns = 1000;

    public static IReadOnlyList<OptionRule<SweepOptions>> All { get; } =
    [
        .. LoadTestOptionsRules.For<SweepOptions>(),
        new(
            ["--rates", "--concurrency"],
            (options, _) =>
                options.Rates is null == options.Concurrency is null
                    ? "a sweep needs either --rates or --concurrency, such as --rates 5,10,20"
                    : null
        ),
        new(
            ["--batches", "TARGET"],
            (options, _) =>
                options.Batches is not null && options.Address is not null
                    ? "--batches goes with the target self; a server elsewhere has its own batches"
                    : null
        ),
        new(
            ["--rates", "--concurrency", "--batches"],
            (options, _) =>
                options.Runs > MostRuns
                    ? $"{options.Runs:#,0} runs are more than {MostRuns:#,0}; give fewer values"
                    : null
        ),
    ];
}
