using InferenceMeter.LoadTesting;

namespace InferenceMeter.Settings.Load;

/// <summary>Rules that one option of <c>load</c> alone does not show.</summary>
internal static class LoadOptionsRules
{
    public static IReadOnlyList<OptionRule<LoadOptions>> All { get; } =
    [
        .. LoadTestOptionsRules.For<LoadOptions>(),
        new(
            ["--rate", "--scenario"],
            (options, typed) =>
                typed.Contains("--rate") && !options.ToPlan().IsOpen
                    ? "--rate goes with server and ramp; "
                        + $"{options.Scenario.Label()} sends as fast as it is answered"
                    : null
        ),
        new(
            ["--from-rate", "--scenario"],
            (options, typed) =>
                typed.Contains("--from-rate") && options.Scenario != Scenario.Ramp
                    ? $"--from-rate goes with ramp, not with {options.Scenario.Label()}"
                    : null
        ),
        new(
            ["--concurrency", "--scenario"],
            (options, typed) =>
                typed.Contains("--concurrency") && options.Scenario is not (Scenario.Closed or Scenario.Offline)
                    ? $"--concurrency goes with closed and offline, not with {options.Scenario.Label()}"
                    : null
        ),
        new(
            ["--find-peak", "--scenario", "--bound"],
            (options, _) =>
                options.FindPeak && (options.Scenario != Scenario.Server || options.ToPlan().BoundSeconds is null)
                    ? "--find-peak needs the scenario server and a --bound"
                    : null
        ),
        new(
            ["--publish", "--find-peak", "TARGET"],
            (options, _) =>
                options.Publish && (!options.FindPeak || options.Address is null)
                    ? "--publish goes with --find-peak and the address of an InferenceMeter"
                    : null
        ),
        new(
            ["--tensors", "TARGET"],
            (options, _) =>
                options.Tensors && options.Address is not null
                    ? "--tensors goes with the target self; an address gets tensors with --protocol v2 or grpc"
                    : null
        ),
    ];
}
