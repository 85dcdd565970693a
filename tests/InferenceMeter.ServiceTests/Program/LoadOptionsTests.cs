using InferenceMeter.LoadTesting;
using InferenceMeter.Settings;
using InferenceMeter.Settings.Load;

namespace InferenceMeter.ServiceTests.Program;

/// <summary>What <c>load</c> takes on its command line, and what it says about the rest.</summary>
public sealed class LoadOptionsTests
{
    private const string Address = "http://127.0.0.1:9";

    [Fact]
    public void Nothing_typed_is_MLPerfs_server_scenario_over_this_process()
    {
        var (options, errors) = Read("");

        Assert.Empty(errors);
        Assert.Equal(
            new LoadPlan
            {
                Scenario = Scenario.Server,
                Rate = 10,
                FromRate = 1,
                Concurrency = 64,
                Seconds = 60,
                WarmUpSeconds = 4,
                BoundSeconds = 0.015,
                MaxErrors = 0,
                Seed = 20_261_123,
                Samples = 1024,
            },
            options.ToPlan()
        );
        Assert.Equal(
            (null, LoadProtocol.Classify, "resnet50"),
            (options.Address, options.Protocol, options.TargetModel)
        );
        Assert.False(options.FindPeak || options.Publish || options.Tensors);
        Assert.Null(options.Json);
    }

    [Fact]
    public void Every_option_arrives()
    {
        var ramp = Read("--scenario ramp --rate 200 --from-rate 2.5 --seconds 9 --warm-up 0 --seed -3 --samples 7");
        var closed = Read("self --scenario closed --concurrency 5 --max-errors 0.25 --tensors --json a.json");
        var peak = Read($"{Address} --find-peak --publish --bound 2s --protocol grpc --target-model big");

        Assert.Empty(ramp.Errors.Concat(closed.Errors).Concat(peak.Errors));
        Assert.Equal(
            new LoadPlan
            {
                Scenario = Scenario.Ramp,
                Rate = 200,
                FromRate = 2.5,
                Concurrency = 64,
                Seconds = 9,
                WarmUpSeconds = 0,
                BoundSeconds = null,
                Seed = -3,
                Samples = 7,
            },
            ramp.Options.ToPlan()
        );
        Assert.Equal(
            (Scenario.Closed, 5, 0.25, true, "a.json"),
            (
                closed.Options.Scenario,
                closed.Options.Concurrency,
                closed.Options.ToPlan().MaxErrors,
                closed.Options.Tensors,
                closed.Options.Json
            )
        );
        Assert.True(peak.Options is { FindPeak: true, Publish: true });
        Assert.Equal(2, peak.Options.ToPlan().BoundSeconds);
        Assert.Equal(
            (new Uri(Address), LoadProtocol.Grpc, "big"),
            (peak.Options.Address, peak.Options.Protocol, peak.Options.TargetModel)
        );
    }

    [Theory]
    [InlineData(
        "http://user:word@127.0.0.1:9",
        "TARGET is 'http://user:word@127.0.0.1:9', accepted: self, or an address such as http://host:8080"
    )]
    [InlineData(
        "http://127.0.0.1:9/?a=b",
        "TARGET is 'http://127.0.0.1:9/?a=b', accepted: self, or an address such as http://host:8080"
    )]
    [InlineData(
        "self --host-header a",
        "--host-header goes with an address; the target self is asked without a network"
    )]
    [InlineData(
        "http://127.0.0.1:9 --host-header a/b",
        "--host-header is 'a/b', accepted: a host, and perhaps a port, such as model.example.com:8080"
    )]
    [InlineData(
        "http://127.0.0.1:9/a --protocol grpc",
        "--protocol grpc takes an address without a path, such as http://host:8081"
    )]
    public void What_would_be_left_out_of_a_request_is_refused(string typed, string said) =>
        Assert.Equal([said], Read(typed).Errors);

    [Theory]
    [InlineData("server", "", 0.015)]
    [InlineData("server", "--bound none", null)]
    [InlineData("server", "--bound 0.5s", 0.5)]
    [InlineData("single-stream", "", null)]
    [InlineData("closed", "--bound 20ms", 0.02)]
    public void The_bound_is_the_one_that_is_typed_else_the_scenarios(string scenario, string typed, double? seconds)
    {
        var (options, errors) = Read($"--scenario {scenario} {typed}");

        Assert.Empty(errors);
        Assert.Equal(seconds, options.ToPlan().BoundSeconds);
    }

    [Theory]
    [InlineData("--rate", "server", "0.01", "1000000", "0.009", "1000001", "a number from 0.01 to 1,000,000")]
    [InlineData("--from-rate", "ramp", "0.01", "1000000", "0", "1e7", "a number from 0.01 to 1,000,000")]
    [InlineData("--concurrency", "closed", "1", "100000", "0", "100001", "a whole number from 1 to 100,000")]
    [InlineData("--concurrency", "offline", "1", "100000", "1.5", "0x10", "a whole number from 1 to 100,000")]
    [InlineData("--seconds", "server", "1", "86400", "0.99", "86401", "a number from 1 to 86,400")]
    [InlineData("--warm-up", "server", "0", "3600", "-0.1", "3600.1", "a number from 0 to 3,600")]
    [InlineData("--samples", "server", "1", "1000000", "0", "1000001", "a whole number from 1 to 1,000,000")]
    [InlineData("--max-errors", "closed", "0", "1", "-0.01", "1.01", "a number from 0 to 1")]
    [InlineData(
        "--seed",
        "server",
        "-2147483648",
        "2147483647",
        "-2147483649",
        "2147483648",
        "a whole number from -2,147,483,648 to 2,147,483,647"
    )]
    [InlineData("--rate", "server", "1e3", "0.5", "NaN", "Infinity", "a number from 0.01 to 1,000,000")]
    public void A_number_outside_its_range_is_refused_with_the_range(
        string option,
        string scenario,
        string least,
        string most,
        string tooLow,
        string tooHigh,
        string accepted
    )
    {
        foreach (var good in new[] { least, most })
            Assert.Empty(Read($"--scenario {scenario} {option} {good}").Errors);
        foreach (var bad in new[] { tooLow, tooHigh, "many" })
            Assert.Equal(
                [$"{option} is '{bad}', accepted: {accepted}"],
                Read($"--scenario {scenario} {option} {bad}").Errors
            );
    }

    [Theory]
    [InlineData(
        "--scenario fast",
        "--scenario is 'fast', accepted: offline or server or single-stream or multi-stream or closed or ramp"
    )]
    [InlineData("--protocol soap", "--protocol is 'soap', accepted: classify or v2 or grpc")]
    [InlineData("--bound 15", "--bound is '15', accepted: a time such as 15ms or 2s, or none")]
    [InlineData("--bound 0ms", "--bound is '0ms', accepted: a time such as 15ms or 2s, or none")]
    [InlineData("--bound ms", "--bound is 'ms', accepted: a time such as 15ms or 2s, or none")]
    [InlineData("ftp://host", "TARGET is 'ftp://host', accepted: self, or an address such as http://host:8080")]
    [InlineData("host:8080", "TARGET is 'host:8080', accepted: self, or an address such as http://host:8080")]
    [InlineData(
        "--rate 2,5",
        "--rate is '2,5', accepted: a number from 0.01 to 1,000,000; write decimals with a point, such as 2.5"
    )]
    public void A_word_that_is_not_known_is_refused_with_those_that_are(string arguments, string error) =>
        Assert.Equal([error], Read(arguments).Errors);

    [Theory]
    [InlineData("--json")]
    [InlineData("--target-model")]
    public void A_name_must_not_be_empty(string option) =>
        Assert.Equal(
            [$"{option} is '', accepted: text"],
            TypedOptions.Read(LoadOptionsRules.All, [Address, "--protocol", "v2", option, ""]).Errors
        );

    [Theory]
    [InlineData(
        "--scenario closed --rate 5",
        "--rate goes with server and ramp; closed sends as fast as it is answered"
    )]
    [InlineData("--from-rate 5", "--from-rate goes with ramp, not with server")]
    [InlineData("--scenario ramp --concurrency 5", "--concurrency goes with closed and offline, not with ramp")]
    [InlineData("--find-peak --bound none", "--find-peak needs the scenario server and a --bound")]
    [InlineData("--scenario closed --bound 9ms --find-peak", "--find-peak needs the scenario server and a --bound")]
    [InlineData("--publish --find-peak", "--publish goes with --find-peak and the address of an InferenceMeter")]
    [InlineData("http://127.0.0.1:9 --publish", "--publish goes with --find-peak and the address of an InferenceMeter")]
    [InlineData("--protocol v2", "--protocol goes with an address; the target self is asked without a network")]
    [InlineData(
        "http://127.0.0.1:9 --tensors",
        "--tensors goes with the target self; an address gets tensors with --protocol v2 or grpc"
    )]
    [InlineData(
        "http://127.0.0.1:9 --target-model x",
        "--target-model goes with an address and --protocol v2 or grpc; classify has one model only"
    )]
    [InlineData(
        "--max-errors 0.1",
        "--max-errors goes with --bound none; within a bound, a query that fails or is turned away counts as late"
    )]
    public void An_option_that_would_do_nothing_is_refused(string arguments, string error) =>
        Assert.Equal([error], Read(arguments).Errors);

    [Theory]
    [InlineData("--bound none --max-errors 0.1")]
    [InlineData("--scenario offline --concurrency 8 --max-errors 0.1")]
    [InlineData("--scenario ramp --rate 5 --from-rate 50")]
    [InlineData("--find-peak --rate 50 --tensors")]
    [InlineData("http://127.0.0.1:9 --find-peak --publish")]
    [InlineData("https://host/ --protocol v2 --target-model x")]
    [InlineData("http://127.0.0.1:9 --protocol classify")]
    public void Options_that_go_together_are_taken(string arguments) => Assert.Empty(Read(arguments).Errors);

    [Fact]
    public void All_that_cannot_be_used_is_told_at_once()
    {
        var errors = Read("ftp://host --rate 0 --bound 15 --samples 0 --tensors --from-rate 2").Errors;

        Assert.Equal(
            ["--rate is", "--samples is", "TARGET is", "--bound is", "--from-rate goes"],
            errors.Select(error => string.Join(' ', error.Split(' ')[..2]))
        );
    }

    [Theory]
    [InlineData("--scenario fast --rate 5 --from-rate 2 --concurrency 3 --find-peak --max-errors 1", "--scenario")]
    [InlineData("ftp://host --find-peak --publish --protocol v2 --target-model x", "TARGET")]
    [InlineData("http://127.0.0.1:9 --protocol soap --target-model x", "--protocol")]
    [InlineData("--bound x --find-peak --max-errors 0.1", "--bound")]
    public void What_cannot_be_read_is_told_once_and_not_judged_by_its_default(string arguments, string option) =>
        Assert.StartsWith($"{option} is '", Assert.Single(Read(arguments).Errors), StringComparison.Ordinal);

    private static OptionsResult<LoadOptions> Read(string arguments) =>
        TypedOptions.Read(LoadOptionsRules.All, arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
