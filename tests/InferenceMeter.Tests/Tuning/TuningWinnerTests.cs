using InferenceMeter.Tuning;
using static InferenceMeter.Tests.Tuning.MadeUpTrials;

namespace InferenceMeter.Tests.Tuning;

/// <summary>Which of the configurations that were tried wins.</summary>
public sealed class TuningWinnerTests
{
    [Fact]
    public void Equals_go_to_the_default_and_then_to_the_simpler()
    {
        var same = new MadeUpMachine(1, 18, noise: 0.01, spread: 0);
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
}
