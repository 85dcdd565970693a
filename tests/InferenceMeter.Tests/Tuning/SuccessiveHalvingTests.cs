using CsCheck;
using InferenceMeter.Metering;
using InferenceMeter.Tuning;

namespace InferenceMeter.Tests.Tuning;

/// <summary>The search over machines that are made up, so that the best is known.</summary>
public sealed class SuccessiveHalvingTests
{
    private static readonly Constraints None = new(null, null);
    private static readonly double[] Rounds = [1, 6, 36];

    [Fact]
    public void It_comes_within_2_percent_of_the_grid_in_a_fifth_of_its_time()
    {
        // What this machine shows: 0.5 % over 6 s.
        var machines = Enumerable
            .Range(0, 300)
            .Select(seed => new Machine(seed, 27 + (seed % 46), noise: 0.012))
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
                    var machine = new Machine(seed, 24, noise);
                    var result = machine.Search(None);

                    // It must have measured better, by more than the noise, or be the default.
                    return result.Winner!.Candidate.IsDefault
                        || result.Winner.ImagesPerSecond!.Value.Value > result.Default!.ImagesPerSecond!.Value.Value;
                },
                iter: 300
            );

    [Fact]
    public void Equals_go_to_the_default_and_then_to_the_simpler()
    {
        var same = new Machine(1, 18, noise: 0.01, spread: 0);
        Assert.True(same.Search(None).Winner!.Candidate.IsDefault);

        Candidate small = Make(1, 1),
            large = Make(16, 4),
            standard = Make(4, 2) with { IsDefault = true };
        var result = Run([standard, large, small], candidate => candidate.IsDefault ? 100 : 200, rounds: [36]);
        Assert.Equal(small, result.Winner!.Candidate);
        Assert.Equal([large], result.Alike.Select(trial => trial.Candidate));
    }

    [Fact]
    public void A_winner_wins_by_more_than_the_intervals_of_both()
    {
        Candidate standard = Make(1, 1) with { IsDefault = true },
            other = Make(8, 1);

        // Half-widths of 2 % each: together 2.8 %.
        Assert.Equal(
            standard,
            Run([standard, other], candidate => candidate.IsDefault ? 100 : 102.7, halfWidth: 0.02).Winner!.Candidate
        );
        Assert.Equal(
            other,
            Run([standard, other], candidate => candidate.IsDefault ? 100 : 102.9, halfWidth: 0.02).Winner!.Candidate
        );
    }

    [Theory]
    [InlineData(0.050, null, 4)]
    [InlineData(null, 5_000_000L, 4)]
    [InlineData(0.080, 9_000_000L, 8)]
    [InlineData(null, null, 16)]
    public void Limits_are_kept(double? p99, long? memory, int batch)
    {
        Candidate[] candidates = [Make(1, 1) with { IsDefault = true }, Make(4, 1), Make(8, 1), Make(16, 1)];

        // Throughput, latency and memory grow with the batch.
        Assert.Equal(
            batch,
            Run(
                candidates,
                candidate => candidate.Batch * 10,
                constraints: new Constraints(p99, memory)
            ).Winner!.Candidate.Batch
        );
    }

    [Fact]
    public void Where_no_configuration_keeps_the_limits_none_wins()
    {
        var result = Run(
            [Make(1, 1) with { IsDefault = true }, Make(4, 1)],
            _ => 10,
            constraints: new Constraints(0.001, null)
        );

        Assert.Null(result.Winner);
        Assert.Equal(2, result.Trials.Count);
    }

    [Fact]
    public void One_that_fails_is_out_and_the_rest_go_on()
    {
        var result = Run(
            [Make(1, 1) with { IsDefault = true }, Make(4, 1), Make(8, 1)],
            candidate => candidate.Batch == 8 ? null : candidate.Batch
        );

        Assert.Equal(4, result.Winner!.Candidate.Batch);
        Assert.Equal("out of memory", result.Trials.Single(trial => trial.Failure is not null).Failure);
    }

    [Fact]
    public void A_default_that_breaks_a_limit_is_not_the_measure()
    {
        var result = Run(
            [Make(16, 1) with { IsDefault = true }, Make(1, 1), Make(4, 1)],
            candidate => candidate.Batch,
            constraints: new Constraints(0.045, null)
        );

        Assert.Equal(4, result.Winner!.Candidate.Batch);
        Assert.Null(result.Default);
    }

    [Theory]
    [InlineData(Objective.Images, 16)]
    [InlineData(Objective.Joules, 1)]
    public void The_objective_decides(Objective objective, int batch) =>
        Assert.Equal(
            batch,
            Run(
                [Make(1, 1) with { IsDefault = true }, Make(16, 1)],
                candidate => candidate.Batch * 10,
                objective: objective
            ).Winner!.Candidate.Batch
        );

    [Theory]
    [InlineData(1, 5)]
    [InlineData(2, 20)]
    [InlineData(6, 60)]
    public void The_space_shares_the_cores_out_evenly(int cores, int count)
    {
        var standard = new Candidate
        {
            Model = "m",
            Precision = "fp32",
            Batch = 8,
            Instances = 1,
            Threads = cores,
            Decoders = cores,
            IsDefault = true,
        };
        var space = SearchSpace.Cpu(standard, batches: true, cores, decodes: true).ToList();

        Assert.Equal(count, space.Count);
        Assert.Equal(count, space.Distinct().Count());
        Assert.Equal(standard, space[0]);
        Assert.Single(space, candidate => candidate.IsDefault);
        Assert.All(space, candidate => Assert.InRange(candidate.Instances * candidate.Threads, 1, cores));
        Assert.All(
            SearchSpace.Cpu(standard, batches: false, cores, decodes: true),
            candidate => Assert.Equal(8, candidate.Batch)
        );
        Assert.All(
            SearchSpace.Gpu(standard, batches: true, cores, decodes: false),
            candidate => Assert.Equal(cores, candidate.Decoders)
        );
        // What is not on the grid is added to it, so that the walk from it finds the rest.
        Assert.Contains(
            SearchSpace.Cpu(standard with { Batch = 3 }, batches: true, cores, decodes: true),
            candidate => candidate is { Batch: 3, Decoders: 1 }
        );
    }

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

    private static Candidate Make(int batch, int instances) =>
        new Candidate
        {
            Model = "m",
            Precision = "fp32",
            Batch = batch,
            Instances = instances,
            Threads = 1,
            Decoders = 1,
        };

    private static TuningResult Run(
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

    private static Trial Measured(Candidate candidate, double seconds, double? rate, double halfWidth) =>
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

    /// <summary>
    /// A machine on which batch, instances and decoders act nearly, not quite, alone, and on which a measurement has an
    /// error that shrinks with
    /// its length.
    /// </summary>
    private sealed class Machine
    {
        private readonly Random _random;
        private readonly Dictionary<Candidate, double> _speeds;
        private readonly double _noise;

        public Machine(int seed, int count, double noise, double spread = 0.5)
        {
            (_random, _noise) = (new Random(seed), noise);
            Candidates =
            [
                .. from batch in Enumerable.Range(0, count / 9)
                from instances in Enumerable.Range(0, 3)
                from decoders in Enumerable.Range(0, 3)
                select Make(1 << batch, 1 << instances) with
                {
                    Decoders = 1 << decoders,
                    IsDefault = (batch, instances, decoders) == (0, 0, 0),
                },
            ];
            var effects = Enumerable
                .Range(0, 3)
                .Select(_ => Enumerable.Range(0, 8).Select(_ => 1 - (spread * _random.NextDouble())).ToArray())
                .ToArray();
            _speeds = Candidates.ToDictionary(
                candidate => candidate,
                candidate =>
                    100
                    * effects[0][int.Log2(candidate.Batch)]
                    * effects[1][int.Log2(candidate.Instances)]
                    * effects[2][int.Log2(candidate.Decoders)]
                    * (1 - (spread * 0.02 * _random.NextDouble()))
            );
        }

        public IReadOnlyList<Candidate> Candidates { get; }

        public double Seconds { get; private set; }

        public double True(Candidate candidate) => _speeds[candidate];

        public TuningResult Search(Constraints constraints) =>
            new SuccessiveHalving(Objective.Images, constraints, Rounds)
                .RunAsync(
                    Candidates,
                    (candidate, seconds) =>
                    {
                        Seconds += seconds;
                        var error = _noise / Math.Sqrt(seconds);
                        var normal =
                            Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble()))
                            * Math.Cos(2 * Math.PI * _random.NextDouble());
                        return Task.FromResult(
                            Measured(candidate, seconds, True(candidate) * (1 + (error * normal)), 1.96 * error)
                        );
                    },
                    (_, _) => { }
                )
                .GetAwaiter()
                .GetResult();
    }
}
