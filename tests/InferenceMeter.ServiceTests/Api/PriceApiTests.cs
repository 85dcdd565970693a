using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using InferenceMeter.Settings;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace InferenceMeter.ServiceTests.Api;

public sealed class PriceApiTests
{
    [Fact]
    public async Task A_new_price_holds_at_once_and_leaves_what_was_paid_before_as_it_was()
    {
        await using var host = new MeterHost();
        await Task.Delay(20);
        var before = host.Parts.Time.GetTimestamp();
        var paid = host.Parts.Prices.TotalSpent(before);

        using var answer = await host.Client.PutAsJsonAsync(
            "/api/v1/price",
            new { usdPerHour = 2.49, note = "g6.xlarge" }
        );
        var price = await MeterApiTests.Json(host.Client, "/api/v1/price");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(2.49m, price.GetProperty("usdPerHour").GetDecimal());
        Assert.Equal("api", price.GetProperty("source").GetString());
        Assert.Equal("g6.xlarge", price.GetProperty("note").GetString());
        Assert.Equal(DateTime.UtcNow.ToString("yyyy-MM-dd"), price.GetProperty("asOf").GetString());
        Assert.Equal(paid, host.Parts.Prices.TotalSpent(before));
        var now = host.Parts.Time.GetTimestamp();
        Assert.InRange(host.Parts.Prices.MeanPerHour(before, now).Usd, 1.00m, 2.49m);
        Assert.Contains("price_source=\"api\"", await host.Client.GetStringAsync("/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_price_that_was_replaced_is_no_longer_exported()
    {
        await using var host = new MeterHost();
        Assert.Contains(
            "price_source=\"assumed\"",
            await host.Client.GetStringAsync("/metrics"),
            StringComparison.Ordinal
        );

        using var answer = await host.Client.PutAsJsonAsync("/api/v1/price", new { usdPerHour = 3 });

        Assert.DoesNotContain(
            "price_source=\"assumed\"",
            await host.Client.GetStringAsync("/metrics"),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("{\"usdPerHour\":0}", "usdPerHour")]
    [InlineData("{\"usdPerHour\":-1}", "usdPerHour")]
    [InlineData("{\"usdPerHour\":1000001}", "usdPerHour")]
    [InlineData("{}", "usdPerHour")]
    [InlineData("{\"usdPerHour\":\"cheap\"}", null)]
    [InlineData("{\"usdPerHour\":1e400}", null)]
    [InlineData("not json", null)]
    [InlineData("", null)]
    public async Task A_price_that_is_none_is_refused_and_changes_nothing(string body, string? field)
    {
        await using var host = new MeterHost();

        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await host.Client.PutAsync("/api/v1/price", content);
        var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        if (field is not null)
            Assert.True(problem.GetProperty("errors").TryGetProperty(field, out _));
        Assert.Equal(1.00m, host.Parts.Prices.Current.UsdPerHour);
    }

    [Theory]
    [InlineData(null, HttpStatusCode.Unauthorized)]
    [InlineData("wrong", HttpStatusCode.Unauthorized)]
    [InlineData("sesame", HttpStatusCode.OK)]
    public async Task With_a_key_configured_a_change_needs_it(string? given, HttpStatusCode expected)
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "sesame\n");
        await using var host = new MeterHost(new MeterSettings { Service = new ServiceSettings { ApiKeyFile = file } });

        using var request = new HttpRequestMessage(HttpMethod.Put, "/api/v1/price")
        {
            Content = JsonContent.Create(new { usdPerHour = 5 }),
        };
        if (given is not null)
            request.Headers.Add("X-Api-Key", given);
        using var answer = await host.Client.SendAsync(request);

        Assert.Equal(expected, answer.StatusCode);
        Assert.Equal(expected == HttpStatusCode.OK ? 5m : 1m, host.Parts.Prices.Current.UsdPerHour);
        File.Delete(file);
    }

    [Theory]
    [InlineData("127.0.0.1", StatusCodes.Status200OK)]
    [InlineData("::1", StatusCodes.Status200OK)]
    [InlineData("192.0.2.7", StatusCodes.Status403Forbidden)]
    public async Task Without_a_key_only_this_machine_may_change_the_price(string caller, int expected)
    {
        await using var host = new MeterHost();

        var context = await host.Server.SendAsync(request =>
        {
            request.Connection.RemoteIpAddress = IPAddress.Parse(caller);
            request.Request.Method = "PUT";
            request.Request.Path = "/api/v1/price";
            request.Request.ContentType = "application/json";
            request.Request.Body = new MemoryStream("{\"usdPerHour\":7}"u8.ToArray());
            request.Features.Set<IHttpRequestBodyDetectionFeature>(new WithBody());
        });

        Assert.Equal(expected, context.Response.StatusCode);
        Assert.Equal(expected == StatusCodes.Status200OK ? 7m : 1m, host.Parts.Prices.Current.UsdPerHour);
    }

    private sealed class WithBody : IHttpRequestBodyDetectionFeature
    {
        public bool CanHaveBody => true;
    }
}
