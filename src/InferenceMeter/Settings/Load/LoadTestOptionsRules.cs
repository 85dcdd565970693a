namespace InferenceMeter.Settings.Load;

/// <summary>Rules that <c>load</c> and <c>sweep</c> have in common.</summary>
internal static class LoadTestOptionsRules
{
    public static IReadOnlyList<OptionRule<T>> For<T>()
        where T : LoadTestOptions =>
        [
            new(
                ["--protocol", "TARGET"],
                (options, typed) =>
                    typed.Contains("--protocol") && options.Address is null
                        ? "--protocol goes with an address; the target self is asked without a network"
                        : null
            ),
            new(
                ["--target-model", "--protocol"],
                (options, typed) =>
                    typed.Contains("--target-model") && options.Protocol == LoadProtocol.Classify
                        ? "--target-model goes with an address and --protocol v2 or grpc; classify has one model only"
                        : null
            ),
            new(
                ["--max-errors", "--bound", "--scenario", "--rates"],
                (options, typed) =>
                    typed.Contains("--max-errors") && options.ToPlan().BoundSeconds is not null
                        ? "--max-errors goes with --bound none; within a bound, a query that fails or is turned away "
                            + "counts as late"
                        : null
            ),
        ];
}
