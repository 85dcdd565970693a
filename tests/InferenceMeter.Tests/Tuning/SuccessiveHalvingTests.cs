using CsCheck;
using InferenceMeter.Tuning;
using static InferenceMeter.Tests.Tuning.MadeUpTrials;

namespace InferenceMeter.Tests.Tuning;

/// <summary>The search over machines that are made up, so that the best is known.</summary>
public sealed class SuccessiveHalvingTests
{
    [Fact]
    public void It_comes_within_2_percent_of_the_grid_in_a_fifth_of_its_time()
    {
        // What this machine shows: 0.5 % over 6 s.
        var machines = Enumerable
            .Range(0, 300)
            .Select(seed => new MadeUpMachine(seed, 27 + (seed % 46), noise: 0.012))
            .ToArray();
        var found = machines
            .Select(machine =>
                machine.True(machine.Search(None).Winner!.Candidate) / machine.Candidates.Max(machine.True)
            )
            .ToArray();

        Assert.All(machines, machine => Assert.InRange(machine.Seconds, 1, machine.Candidates.Count * Rounds[^1] / 5));
        // Measurements are noisy, so now and then one is further off; not far.
        Assert.InRange(found.Count(ratio => ratio >= 0.98), 0.99 * machines.Length, machines.Length);
        Assert.InRange(found.Min(), 0.95, 1);
    }

    [Fact]
    public void What_wins_is_never_slower_than_the_default() =>
        Gen.Select(Gen.Int[0, 1 << 30], Gen.Double[0.005, 0.1])
            .Sample(
                (seed, noise) =>
                {
                    var machine = new MadeUpMachine(seed, 24, noise);
                    var result = machine.Search(None);

                    // It must have measured better, by more than the noise, or be the default.
                    return result.Winner!.Candidate.IsDefault
                        || result.Winner.ImagesPerSecond!.Value.Value > result.Default!.ImagesPerSecond!.Value.Value;
                },
                iter: 300
            );

    [Fact]
    public async Task The_first_round_goes_along_one_axis_at_a_time()
    {
        var space = SearchSpace
            .Cpu(
                new Candidate
                {
                    Model = "m",
                    Precision = "fp32",
                    Batch = 8,
                    Instances = 1,
                    Threads = 16,
                    Decoders = 16,
                    IsDefault = true,
                },
                batches: true,
                16,
                decodes: true
            )
            .ToList();
        var first = new List<Candidate>();
        // 4 instances, 8 decoders and a batch of 2 are best, each by itself and together.
        var result = await new SuccessiveHalving(Objective.Images, None, Rounds).RunAsync(
            space,
            (candidate, seconds) =>
                Task.FromResult(
                    Measured(
                        candidate,
                        seconds,
                        100.0
                            - (5 * Math.Abs(Math.Log2(candidate.Instances) - 2))
                            - (3 * Math.Abs(Math.Log2(candidate.Decoders) - 3))
                            - (2 * Math.Abs(Math.Log2(candidate.Batch) - 1)),
                        0.01
                    )
                ),
            (round, trial) =>
            {
                if (round == 0)
                    first.Add(trial.Candidate);
            }
        );

        Assert.Equal(
            (4, 8, 2),
            (result.Winner!.Candidate.Instances, result.Winner.Candidate.Decoders, result.Winner.Candidate.Batch)
        );
        Assert.Equal(first.Distinct(), first);
        Assert.InRange(first.Count, 8, 20);
        Assert.Equal(75, space.Count);
    }

    [Theory]
    [InlineData(100.9, 1)]
    [InlineData(101.2, 2)]
    public async Task No_long_trial_is_given_to_what_would_at_best_equal_the_default(double other, int expected)
    {
        // The default's trial at full length shows 100 with a half-width of 1 %.
        var last = new List<Candidate>();
        var result = await new SuccessiveHalving(Objective.Usd, None, Rounds).RunAsync(
            [Make(1, 1) with { IsDefault = true }, Make(8, 1)],
            (candidate, seconds) =>
                Task.FromResult(Measured(candidate, seconds, candidate.IsDefault ? 100 : other, 0.01)),
            (round, trial) =>
            {
                if (round == 2)
                    last.Add(trial.Candidate);
            }
        );

        Assert.True(last[0].IsDefault);
        Assert.Equal(expected, last.Count);
        Assert.True(result.Winner!.Candidate.IsDefault);
    }

    [Fact]
    public void A_model_that_is_much_dearer_is_left_and_one_that_is_a_little_is_not()
    {
        Assert.Equal(1, Tried(60));
        Assert.Equal(5, Tried(80));

        static int Tried(double rate)
        {
            Candidate[] candidates =
            [
                .. new[] { "fast", "slow" }.SelectMany(model =>
                    new[] { 8, 1, 2, 4, 16 }.Select(batch =>
                        Make(batch, 1) with
                        {
                            Model = model,
                            IsDefault = model == "slow" && batch == 8,
                        }
                    )
                ),
            ];
            return Run(candidates, candidate => candidate.Model == "fast" ? 100 : rate, objective: Objective.Images)
                .Trials.Count(trial => trial.Candidate.Model == "slow");
        }
    }
}
