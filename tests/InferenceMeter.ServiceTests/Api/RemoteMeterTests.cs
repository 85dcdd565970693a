using InferenceMeter.Documents;
using InferenceMeter.Errors;
using InferenceMeter.LoadTargets;
using InferenceMeter.LoadTesting;
using InferenceMeter.Settings;
using InferenceMeter.Tests.Pricing.Feeds;
using InferenceMeter.Web.Security;

namespace InferenceMeter.ServiceTests.Api;

/// <summary>A load test asks its target for its price, and tells it the highest rate.</summary>
public sealed class RemoteMeterTests
{
    [Fact]
    public async Task The_price_is_the_targets_own_with_its_source()
    {
        await using var host = await new MeterHost(
            new MeterSettings { Pricing = new PricingSettings { UsdPerHour = 2.5m } }
        ).Start();
        using var meter = new RemoteMeter(host.Client);

        Assert.Equal((2.5m, "the target's, fixed"), await meter.PriceAsync(CancellationToken.None));
    }

    [Theory]
    [InlineData(200, "not JSON")]
    [InlineData(200, "{}")]
    [InlineData(200, "[]")]
    [InlineData(200, """{"usdPerHour":"1","source":"fixed"}""")]
    [InlineData(200, """{"usdPerHour":1e99,"source":"fixed"}""")]
    [InlineData(200, """{"usdPerHour":1}""")]
    [InlineData(404, """{"usdPerHour":1,"source":"fixed"}""")]
    public async Task A_target_that_tells_no_price_has_none(int status, string text)
    {
        await using var server = new LocalServer(
            (context, _) => LocalServer.TextAsync(context, text, status, ("Content-Type", "application/json"))
        );
        using var meter = RemoteMeter.At(new TargetAddress(server.Address, null, null));

        Assert.Null(await meter.PriceAsync(CancellationToken.None));
        Assert.Equal(["GET /api/v1/price"], server.Asked);
    }

    [Fact]
    public async Task A_target_that_keeps_silent_has_no_price_and_does_not_take_the_rate()
    {
        await using var server = new SilentServer();
        using var meter = new RemoteMeter(
            new HttpClient { BaseAddress = server.Address, Timeout = TimeSpan.FromMilliseconds(200) }
        );

        Assert.Null(await meter.PriceAsync(CancellationToken.None).WaitAsync(Eventually.Deadline));
        var refused = await Assert.ThrowsAsync<UserException>(() => meter.PublishAsync(Peak(), CancellationToken.None));
        Assert.StartsWith($"{server.Address} does not take the rate: ", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_gives_up_waiting_for_the_price_is_not_told_that_there_is_none()
    {
        await using var server = new SilentServer();
        using var meter = RemoteMeter.At(new TargetAddress(server.Address, null, null));
        using var stop = new CancellationTokenSource();

        var price = meter.PriceAsync(stop.Token);
        await Eventually.IsTrue(() => Task.FromResult(server.Requests == 1));
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => price);
    }

    [Fact]
    public async Task The_rate_that_was_found_becomes_the_targets_basis_slo()
    {
        await using var host = await new MeterHost().Start();
        using var meter = new RemoteMeter(host.Client);

        await meter.PublishAsync(Peak(), CancellationToken.None);

        var slo = await MeterApiTests.Json(host.Client, "/api/v1/slo");
        Assert.Equal(
            (500, 0.015, 0.0132),
            (
                slo.GetProperty("imagesPerSecond").GetDouble(),
                slo.GetProperty("boundSeconds").GetDouble(),
                slo.GetProperty("p99Seconds").GetDouble()
            )
        );
    }

    [Fact]
    public async Task A_target_that_wants_its_key_gets_it_or_says_so()
    {
        await using var server = new LocalServer(
            (context, _) =>
                LocalServer.TextAsync(context, "{}", context.Request.Headers[ApiKey.Header] == "a key" ? 200 : 401)
        );
        using var known = RemoteMeter.At(new TargetAddress(server.Address, "a key", null));
        using var stranger = RemoteMeter.At(new TargetAddress(server.Address, null, null));

        await known.PublishAsync(Peak(), CancellationToken.None);
        var refused = await Assert.ThrowsAsync<UserException>(() =>
            stranger.PublishAsync(Peak(), CancellationToken.None)
        );

        Assert.Equal(
            $"{server.Address} does not take the rate: 401; changes need its key in INFERENCEMETER_API_KEY or "
                + "--api-key-file",
            refused.Message
        );
    }

    private static LoadDocument Peak() =>
        LoadDocument.From(
            new LoadResult
            {
                Plan = new LoadPlan
                {
                    Scenario = Scenario.Server,
                    Rate = 500,
                    BoundSeconds = 0.015,
                },
                Seconds = 60,
                Queries = 30_000,
                Ok = 30_000,
                Rejected = 0,
                Errors = 0,
                Late = 0,
                ScheduledPerSecond = 500,
                SamplesPerSecond = 500,
                Latency = new LoadLatency
                {
                    Mean = 0.006,
                    P50 = 0.005,
                    P90 = 0.009,
                    P95 = 0.011,
                    P99 = 0.0132,
                    P999 = 0.014,
                    P9999 = 0.014,
                    Max = 0.0145,
                },
                LagP99Seconds = 0.0001,
                LagMaxSeconds = 0.0002,
                QueriesNeeded = 459,
                LastError = null,
                Interrupted = false,
                Reasons = [],
            },
            "a target",
            DateTimeOffset.UnixEpoch,
            price: null,
            peak: true,
            batch: null
        );

    /// <summary>Takes requests and never answers.</summary>
    private sealed class SilentServer : IAsyncDisposable
    {
        private readonly LocalServer _server;

        public SilentServer() => _server = new LocalServer((_, _) => _server!.Stopped);

        public Uri Address => _server.Address;

        public int Requests => _server.Requests;

        public ValueTask DisposeAsync() => _server.DisposeAsync();
    }
}
