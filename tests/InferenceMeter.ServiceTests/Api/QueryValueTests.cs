using System.Net;
using System.Text;
using System.Text.Json;

namespace InferenceMeter.ServiceTests.Api;

/// <summary>Values in an address or a body that are not of the form that is wanted.</summary>
public sealed class QueryValueTests
{
    [Theory]
    [InlineData(
        "/api/v1/hours?from=2026-01-01T00:00:00+02:00",
        "from is '2026-01-01T00:00:00 02:00', accepted: a time"
    )]
    [InlineData("/api/v1/hours?to=1767225600", "to is '1767225600', accepted: a time such as 2026-01-31T10:00:00Z")]
    [InlineData("/api/v1/hours?from=yesterday", "from is 'yesterday', accepted: a time")]
    [InlineData("/api/v1/runs?limit=all", "limit is 'all', accepted: a whole number")]
    [InlineData("/api/v1/series?seconds=1e99", "seconds is '1e99', accepted: a whole number")]
    public async Task A_query_that_cannot_be_read_says_which_form_is_accepted(string path, string said)
    {
        await using var host = new MeterHost();

        using var answer = await host.Client.GetAsync(path);

        Assert.Contains(said, await DetailAsync(answer), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{", "the body is not the JSON of this request, at $, line 1")]
    [InlineData("""{"usdPerHour":"a"}""", "the body is not the JSON of this request, at $.usdPerHour, line 1")]
    public async Task So_does_a_body(string body, string said)
    {
        await using var host = new MeterHost();

        using var answer = await host.Client.PutAsync(
            "/api/v1/price",
            new StringContent(body, Encoding.UTF8, "application/json")
        );

        Assert.Equal(said, await DetailAsync(answer));
    }

    private static async Task<string> DetailAsync(HttpResponseMessage answer)
    {
        Assert.Equal(
            (HttpStatusCode.BadRequest, "application/problem+json"),
            (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType)
        );
        return JsonElement.Parse(await answer.Content.ReadAsStringAsync()).GetProperty("detail").GetString()!;
    }
}
