using System.Diagnostics;
using System.Text;
using InferenceMeter.Pricing;
using InferenceMeter.Pricing.Feeds;

namespace InferenceMeter.Tests.Pricing.Feeds;

/// <summary>The service is asked over a real connection, and misbehaves in every way that services do.</summary>
public sealed class AzureRetailPricesTests : FeedTests
{
    private static readonly string Good = Page(Item(0.615m));

    [Fact]
    public async Task It_asks_for_the_machine_in_dollars_and_says_what_it_asked()
    {
        await using var server = new LocalServer(Good);

        var answer = await FindAsync(server);

        var asked = Uri.UnescapeDataString(Assert.Single(server.Asked));
        Assert.Equal(
            "GET /api/retail/prices?currencyCode='USD'&$filter=serviceName eq 'Virtual Machines' and "
                + "armSkuName eq 'Standard_NC4as_T4_v3' and armRegionName eq 'westeurope'",
            asked
        );
        Assert.EndsWith(
            asked["GET ".Length..],
            Uri.UnescapeDataString(answer.Query.AbsoluteUri),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task It_reads_on_to_the_last_page()
    {
        await using var server = new LocalServer(
            (context, number) =>
                LocalServer.TextAsync(
                    context,
                    number switch
                    {
                        1 => Page(
                            $"http://{context.Request.Url!.Authority}/api/retail/prices?$skip=100",
                            Item(1m, ("productName", "Virtual Machines NCasT4 v3 Series Windows"))
                        ),
                        2 => Page($"http://{context.Request.Url!.Authority}/api/retail/prices?$skip=200"),
                        _ => Good,
                    }
                )
        );

        var answer = await FindAsync(server);

        Assert.Equal(0.615m, answer.PerHour.Usd);
        Assert.Equal(3, server.Requests);
        Assert.Contains("GET /api/retail/prices?$skip=200", server.Asked);
    }

    [Fact]
    public async Task A_list_without_end_is_given_up()
    {
        await using var server = new LocalServer(
            (context, _) => LocalServer.TextAsync(context, Page(context.Request.Url!.AbsoluteUri, Item(1m)))
        );

        Assert.Contains("more than 20 pages", await FailsAsync(() => FindAsync(server)), StringComparison.Ordinal);
        Assert.Equal(20, server.Requests);
    }

    [Theory]
    [InlineData("https://evil.example/api/retail/prices")]
    [InlineData("http://127.0.0.1:1/api/retail/prices")]
    [InlineData("file:///etc/passwd")]
    [InlineData("/api/retail/prices?$skip=100")]
    public async Task It_does_not_go_on_at_another_host(string next)
    {
        await using var server = new LocalServer(Page(next, Item(1m)));

        Assert.Contains("is not asked", await FailsAsync(() => FindAsync(server)), StringComparison.Ordinal);
        Assert.Equal(1, server.Requests);
    }

    [Fact]
    public async Task It_is_not_led_away_by_a_redirect()
    {
        await using var other = new LocalServer(Good);
        await using var server = new LocalServer(
            (context, _) => LocalServer.TextAsync(context, "", 302, ("Location", other.Address.AbsoluteUri))
        );

        Assert.Contains("sent us on", await FailsAsync(() => FindAsync(server)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_waits_as_long_as_it_is_asked_to()
    {
        await using var server = new LocalServer(
            (context, number) =>
                number == 1
                    ? LocalServer.TextAsync(context, "", 429, ("Retry-After", "0"))
                    : LocalServer.TextAsync(context, Good)
        );

        // Its own delay would not end within the test.
        var answer = await FindAsync(server, patience: Quick with { FirstDelay = TimeSpan.FromHours(1) });

        Assert.Equal(0.615m, answer.PerHour.Usd);
        Assert.Equal(2, server.Requests);
    }

    [Fact]
    public async Task It_does_not_wait_for_an_hour()
    {
        await using var server = new LocalServer(
            (context, _) => LocalServer.TextAsync(context, "", 429, ("Retry-After", "3600"))
        );

        Assert.Contains("asks to wait 3600 s", await FailsAsync(() => FindAsync(server)), StringComparison.Ordinal);
        Assert.Equal(1, server.Requests);
    }

    [Fact]
    public async Task A_day_to_retry_at_is_understood_too()
    {
        await using var server = new LocalServer(
            (context, _) => LocalServer.TextAsync(context, "", 503, ("Retry-After", Now.AddMinutes(5).ToString("R")))
        );

        Assert.Contains("asks to wait 300 s", await FailsAsync(() => FindAsync(server)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_may_pass_is_tried_again()
    {
        await using var server = new LocalServer(
            (context, number) =>
                number <= 3 ? LocalServer.TextAsync(context, "oops", 500) : LocalServer.TextAsync(context, Good)
        );

        Assert.Equal(0.615m, (await FindAsync(server)).PerHour.Usd);
        Assert.Equal(4, server.Requests);
    }

    [Fact]
    public async Task A_page_that_breaks_off_is_asked_for_again()
    {
        await using var server = new LocalServer(
            async (context, number) =>
            {
                if (number > 1)
                {
                    await LocalServer.TextAsync(context, Good);
                    return;
                }

                context.Response.ContentLength64 = Good.Length;
                await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(Good[..20]));
                await context.Response.OutputStream.FlushAsync();
                context.Response.Abort();
            }
        );

        Assert.Equal(0.615m, (await FindAsync(server)).PerHour.Usd);
        Assert.Equal(2, server.Requests);
    }

    [Theory]
    [InlineData(500, 4)]
    [InlineData(404, 1)]
    public async Task What_does_not_pass_is_an_error(int status, int requests)
    {
        await using var server = new LocalServer((context, _) => LocalServer.TextAsync(context, "oops", status));

        Assert.Contains($"answered {status}", await FailsAsync(() => FindAsync(server)), StringComparison.Ordinal);
        Assert.Equal(requests, server.Requests);
    }

    [Theory]
    [InlineData("<!DOCTYPE html><html>Log in</html>", "a web page")]
    [InlineData("{\"Items\": [", "no price list")]
    [InlineData("\u0001\u0002", "no price list")]
    [InlineData("", "no price list")]
    [InlineData("{\"Items\": [{\"retailPrice\": \"cheap\"}]}", "no price list")]
    [InlineData("{\"Items\": [{\"retailPrice\": 1e400}]}", "no price list")]
    [InlineData("{\"error\": \"sorry\"}", "no 'Items'")]
    [InlineData("null", "no 'Items'")]
    [InlineData("{\"Items\": []}", "lists nothing")]
    [InlineData("{\"Items\": [null]}", "lists nothing")]
    public async Task An_answer_that_is_no_price_list_is_an_error_and_not_asked_for_again(string text, string said)
    {
        await using var server = new LocalServer(text);

        Assert.Contains(said, await FailsAsync(() => FindAsync(server)), StringComparison.Ordinal);
        Assert.Equal(1, server.Requests);
    }

    [Fact]
    public async Task A_huge_answer_is_not_read_to_its_end()
    {
        await using var server = new LocalServer(
            async (context, _) =>
            {
                context.Response.SendChunked = true;
                var spaces = Encoding.ASCII.GetBytes(new string(' ', 1 << 20));
                for (var megabytes = 0; megabytes < 64; megabytes++)
                    await context.Response.OutputStream.WriteAsync(spaces);
            }
        );

        Assert.Contains("more than 8 MB", await FailsAsync(() => FindAsync(server)), StringComparison.Ordinal);
        Assert.Equal(1, server.Requests);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_waited_for_once_per_try()
    {
        LocalServer? self = null;
        await using var server = self = new LocalServer((_, _) => self!.Stopped);

        Assert.Contains(
            "within 0.1 s",
            await FailsAsync(() =>
                FindAsync(server, patience: Quick with { PerTry = TimeSpan.FromMilliseconds(100), Retries = 1 })
            ),
            StringComparison.Ordinal
        );
        Assert.Equal(2, server.Requests);
    }

    [Fact]
    public async Task All_in_all_it_takes_no_longer_than_allowed()
    {
        LocalServer? self = null;
        await using var server = self = new LocalServer((_, _) => self!.Stopped);
        var watch = Stopwatch.StartNew();

        Assert.Contains(
            "within 0.2 s",
            await FailsAsync(() => FindAsync(server, patience: Quick with { Total = TimeSpan.FromMilliseconds(200) })),
            StringComparison.Ordinal
        );
        Assert.True(watch.Elapsed < Eventually.Deadline, $"{watch.Elapsed}");
    }

    [Fact]
    public async Task Nobody_listening_is_an_error()
    {
        var server = new LocalServer(Good);
        await server.DisposeAsync();

        Assert.Contains("no price from 127.0.0.1", await FailsAsync(() => FindAsync(server)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_callers_wish_ends_it()
    {
        LocalServer? self = null;
        await using var server = self = new LocalServer((_, _) => self!.Stopped);
        using var soon = new CancellationTokenSource(50);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Feed(server).FindAsync(Key, soon.Token));
    }

    [Fact]
    public async Task A_service_that_keeps_failing_is_left_alone_and_asked_again_later()
    {
        var broken = true;
        await using var server = new LocalServer(
            (context, _) =>
                Volatile.Read(ref broken)
                    ? LocalServer.TextAsync(context, "", 500)
                    : LocalServer.TextAsync(context, Good)
        );
        var feed = Feed(server, Quick with { CircuitTries = 4, CircuitBreak = TimeSpan.FromMinutes(1) });

        await FailsAsync(() => feed.FindAsync(Key, CancellationToken.None));
        var refused = await FailsAsync(() => feed.FindAsync(Key, CancellationToken.None));
        var requests = server.Requests;
        Volatile.Write(ref broken, false);
        await FailsAsync(() => feed.FindAsync(Key, CancellationToken.None));
        Time.Now += TimeSpan.FromMinutes(2);
        var answer = await feed.FindAsync(Key, CancellationToken.None);

        Assert.Contains("keeps failing (last: it answered 500 InternalServerError)", refused, StringComparison.Ordinal);
        Assert.Equal(4, requests);
        Assert.Equal(0.615m, answer.PerHour.Usd);
        Assert.Equal(0.615m, (await feed.FindAsync(Key, CancellationToken.None)).PerHour.Usd);
        Assert.Equal(6, server.Requests);
    }

    [Theory]
    [InlineData("", "westeurope")]
    [InlineData("Standard_D2' or 1 eq 1", "westeurope")]
    [InlineData("Standard_D2", "../west")]
    [InlineData("Standard_D2", "west\neurope")]
    public async Task A_name_that_is_none_is_not_asked_for(string instance, string region)
    {
        await using var server = new LocalServer(Good);

        Assert.Contains(
            "is no name",
            await FailsAsync(() => FindAsync(server, new FeedKey(instance, region, PurchaseOption.Spot))),
            StringComparison.Ordinal
        );
        Assert.Equal(0, server.Requests);
    }

    [Fact]
    public void A_quote_in_a_name_is_written_twice() => Assert.Equal("'a''b'", AzureRetailPrices.Quote("a'b"));
}
