using System.Net;
using System.Net.Http.Json;

namespace InferenceMeter.ServiceTests.Api;

/// <summary>The highest rate that a load test finds becomes the basis <c>slo</c>.</summary>
public sealed class SloApiTests
{
    [Fact]
    public async Task What_is_told_is_a_cost_in_the_reading_and_in_the_metrics()
    {
        await using var host = await new MeterHost().Start();
        Assert.Equal(HttpStatusCode.NotFound, (await host.Client.GetAsync("/api/v1/slo")).StatusCode);
        Assert.DoesNotContain("basis=\"slo\"", await host.Client.GetStringAsync("/metrics"), StringComparison.Ordinal);

        using var told = await host.Client.PutAsJsonAsync(
            "/api/v1/slo",
            new
            {
                imagesPerSecond = 500,
                boundSeconds = 0.015,
                p99Seconds = 0.0132,
            }
        );

        Assert.Equal(HttpStatusCode.OK, told.StatusCode);
        var slo = await MeterApiTests.Json(host.Client, "/api/v1/slo");
        Assert.Equal(
            (500, 0.015),
            (slo.GetProperty("imagesPerSecond").GetDouble(), slo.GetProperty("boundSeconds").GetDouble())
        );
        var cost = (await MeterApiTests.Json(host.Client, "/api/v1/meter"))
            .GetProperty("costs")
            .EnumerateArray()
            .Single(row => row.GetProperty("basis").GetString() == "slo");
        // $1.00 an hour at 500 images/s.
        Assert.Equal(555.56m, Math.Round(cost.GetProperty("usdPerBillionImages").GetDecimal(), 2));
        Assert.Equal("service", cost.GetProperty("scope").GetString());
        Assert.Contains("basis=\"slo\"", await host.Client.GetStringAsync("/metrics"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.0, 0.015)]
    [InlineData(-5.0, 0.015)]
    [InlineData(5.0, 0.0)]
    [InlineData(null, 0.015)]
    [InlineData(1e10, 0.015)]
    public async Task Nonsense_is_400(double? rate, double bound)
    {
        await using var host = await new MeterHost().Start();

        using var answer = await host.Client.PutAsJsonAsync(
            "/api/v1/slo",
            new { imagesPerSecond = rate, boundSeconds = bound }
        );

        Assert.Equal(
            (HttpStatusCode.BadRequest, "application/problem+json"),
            (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType)
        );
    }
}
