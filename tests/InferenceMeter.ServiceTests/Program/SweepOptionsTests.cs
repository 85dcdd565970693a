using InferenceMeter.LoadTesting;
using InferenceMeter.Settings;
using InferenceMeter.Settings.Load;

namespace InferenceMeter.ServiceTests.Program;

/// <summary>What <c>sweep</c> takes on its command line, and what it says about the rest.</summary>
public sealed class SweepOptionsTests
{
    [Fact]
    public void Rates_are_runs_of_the_server_scenario_within_its_bound()
    {
        var (options, errors) = Read("--rates 5,0.5,5 --seconds 3");

        Assert.Empty(errors);
        Assert.Equal(
            [(5.0, Scenario.Server, 3.0, 0.015), (0.5, Scenario.Server, 3.0, 0.015)],
            options.ToPlans().Select(plan => (plan.Rate, plan.Scenario, plan.Seconds, plan.BoundSeconds ?? 0))
        );
    }

    [Fact]
    public void Numbers_of_clients_are_runs_of_the_closed_scenario_without_a_bound()
    {
        var (options, errors) = Read("--concurrency 1,4 --batches 2,8 --max-errors 0.5");

        Assert.Empty(errors);
        Assert.Equal(
            [(1, Scenario.Closed, 20.0, 0.5), (4, Scenario.Closed, 20.0, 0.5)],
            options.ToPlans().Select(plan => (plan.Concurrency, plan.Scenario, plan.Seconds, plan.MaxErrors))
        );
        Assert.All(options.ToPlans(), plan => Assert.Null(plan.BoundSeconds));
        Assert.Equal([2, 8], options.Batches);
        Assert.Equal(4, options.Runs);
    }

    [Theory]
    [InlineData("", "a sweep needs either --rates or --concurrency, such as --rates 5,10,20")]
    [InlineData("--rates 5 --concurrency 2", "a sweep needs either --rates or --concurrency, such as --rates 5,10,20")]
    [InlineData("--rates 5,x", "--rates has 'x', accepted: numbers from 0.01 to 1,000,000 with commas between them")]
    [InlineData("--rates 0", "--rates is '0', accepted: numbers from 0.01 to 1,000,000 with commas between them")]
    [InlineData(
        "--rates 5,1000001",
        "--rates has '1000001', accepted: numbers from 0.01 to 1,000,000 with commas between them"
    )]
    [InlineData("--rates 5,", "--rates has '', accepted: numbers from 0.01 to 1,000,000 with commas between them")]
    [InlineData(
        "--concurrency 1.5",
        "--concurrency is '1.5', accepted: whole numbers from 1 to 100,000 with commas between them"
    )]
    [InlineData(
        "--concurrency 1,100001",
        "--concurrency has '100001', accepted: whole numbers from 1 to 100,000 with commas between them"
    )]
    [InlineData(
        "--rates 5 --batches 1,4097",
        "--batches has '4097', accepted: whole numbers from 1 to 4,096 with commas between them"
    )]
    [InlineData("--rates 5 --seconds 0", "--seconds is '0', accepted: a number from 1 to 86,400")]
    [InlineData("--rates 5 --bound 3", "--bound is '3', accepted: a time such as 15ms or 2s, or none")]
    [InlineData(
        "http://127.0.0.1:9 --rates 5 --batches 2",
        "--batches goes with the target self; a server elsewhere has its own batches"
    )]
    [InlineData(
        "--rates 5 --protocol grpc",
        "--protocol goes with an address; the target self is asked without a network"
    )]
    [InlineData(
        "http://127.0.0.1:9 --rates 5 --target-model x",
        "--target-model goes with an address and --protocol v2 or grpc; classify has one model only"
    )]
    [InlineData(
        "--rates 5 --max-errors 0.1",
        "--max-errors goes with --bound none; within a bound, a query that fails or is turned away counts as late"
    )]
    public void What_cannot_be_used_is_refused(string arguments, string error) =>
        Assert.Equal([error], Read(arguments).Errors);

    [Fact]
    public void More_than_a_thousand_runs_are_refused()
    {
        var rates = string.Join(',', Enumerable.Range(1, 500));

        Assert.Empty(Read($"--rates {rates} --batches 1,2").Errors);
        Assert.Equal(
            ["1,500 runs are more than 1,000; give fewer values"],
            Read($"--rates {rates} --batches 1,2,3").Errors
        );
    }

    [Fact]
    public void All_that_cannot_be_used_is_told_at_once() =>
        Assert.Equal(
            ["--rates is", "--batches has", "--seconds is", "--protocol goes"],
            Read("--rates x --batches 1,y --seconds 0 --protocol v2")
                .Errors.Select(error => string.Join(' ', error.Split(' ')[..2]))
        );

    private static OptionsResult<SweepOptions> Read(string arguments) =>
        TypedOptions.Read(SweepOptionsRules.All, arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
