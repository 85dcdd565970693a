using System.Net;
using InferenceMeter.Pricing;
using InferenceMeter.Pricing.Clouds;
using InferenceMeter.Tests.Pricing.Feeds;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace InferenceMeter.Tests.Pricing.Clouds;

/// <summary>Local servers stand in for each cloud's metadata service, in good health and in bad.</summary>
public sealed class CloudMetadataTests : IDisposable
{
    private static readonly Price Own = new()
    {
        PerHour = new UsdPerMachineHour(2),
        Source = PriceSource.Fixed,
        AsOf = new DateOnly(2026, 11, 23),
    };

    private readonly List<ServiceProvider> _services = [];

    public void Dispose() => _services.ForEach(services => services.Dispose());

    [Theory]
    [InlineData("on-demand", PurchaseOption.OnDemand)]
    [InlineData("spot", PurchaseOption.Spot)]
    [InlineData("scheduled", PurchaseOption.OnDemand)]
    public async Task Aws_is_asked_with_a_token(string life, PurchaseOption purchase)
    {
        await using var server = Aws("g6.xlarge", life);

        Assert.Equal(new CloudMachine("aws", "g6.xlarge", "eu-west-1", purchase), await DetectAsync(server));
    }

    [Theory]
    [InlineData("Regular", PurchaseOption.OnDemand)]
    [InlineData("", PurchaseOption.OnDemand)]
    [InlineData("Spot", PurchaseOption.Spot)]
    [InlineData("Low", PurchaseOption.Spot)]
    public async Task Azure_says_all_in_one_document(string priority, PurchaseOption purchase)
    {
        await using var server = Azure(
            $$"""{"vmSize": "Standard_NC4as_T4_v3", "location": "westeurope", "priority": "{{priority}}", "tags": ""}"""
        );

        Assert.Equal(
            new CloudMachine("azure", "Standard_NC4as_T4_v3", "westeurope", purchase),
            await DetectAsync(server)
        );
    }

    [Theory]
    [InlineData("FALSE", PurchaseOption.OnDemand)]
    [InlineData("TRUE", PurchaseOption.Spot)]
    public async Task Gcp_names_a_zone_of_which_the_region_is_a_part(string preemptible, PurchaseOption purchase)
    {
        await using var server = Gcp(preemptible, "Google");

        Assert.Equal(new CloudMachine("gcp", "g2-standard-4", "europe-west4", purchase), await DetectAsync(server));
    }

    [Fact]
    public async Task An_answer_without_googles_sign_is_not_googles()
    {
        await using var server = Gcp("FALSE", "Goggle");

        Assert.Contains(
            "gcp: the answer does not carry 'Metadata-Flavor: Google'",
            await FailsAsync(server),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("<html>")]
    [InlineData("g6.\nxlarge")]
    [InlineData("g6.xlarge; rm")]
    [InlineData("")]
    [InlineData("g6.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public async Task A_name_that_is_none_is_not_believed(string instance)
    {
        await using var server = Aws(instance, "spot");

        Assert.Contains("aws: its type of machine", await FailsAsync(server), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_each_said_is_told()
    {
        await using var server = new LocalServer(
            (context, _) => LocalServer.TextAsync(context, "", context.Request.HttpMethod == "PUT" ? 403 : 404)
        );

        var message = await FailsAsync(server);

        Assert.Contains(
            "aws: refused: /latest/api/token answered 403 Forbidden; azure: /metadata/instance/compute "
                + "answered 404 NotFound; gcp: /computeMetadata/v1/instance/",
            message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("<!DOCTYPE html><html>Log in</html>")]
    [InlineData("null")]
    [InlineData("OK")]
    [InlineData("[1, 2]")]
    [InlineData("{\"vmSize\": 7}")]
    [InlineData("{}")]
    [InlineData("")]
    public async Task Nonsense_is_no_cloud(string text)
    {
        await using var server = new LocalServer(text);

        var message = await FailsAsync(server);

        Assert.Contains("azure: its ", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_huge_answer_is_no_cloud()
    {
        await using var server = new LocalServer(new string('a', 100_000));

        Assert.Contains("more than 64 KB", await FailsAsync(server), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_service_whose_answer_breaks_off_is_asked_once_more(int breaks)
    {
        var asked = 0;
        await using var server = new LocalServer(
            async (context, _) =>
            {
                if (!context.Request.Url!.AbsolutePath.StartsWith("/metadata/", StringComparison.Ordinal))
                    await LocalServer.TextAsync(context, "", 404);
                else if (Interlocked.Increment(ref asked) <= breaks)
                    await BreakOffAsync(context);
                else
                    await LocalServer.TextAsync(
                        context,
                        """{"vmSize": "Standard_NC4as_T4_v3", "location": "westeurope"}"""
                    );
            }
        );

        if (breaks == 1)
            Assert.Equal("azure", (await DetectAsync(server)).Cloud);
        else
            Assert.Contains("azure: the connection broke", await FailsAsync(server), StringComparison.Ordinal);
        Assert.Equal(2, asked);
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using var other = Aws("g6.xlarge", "spot");
        await using var server = new LocalServer(
            (context, _) =>
                LocalServer.TextAsync(
                    context,
                    "",
                    307,
                    ("Location", new Uri(other.Address, context.Request.Url!.PathAndQuery).AbsoluteUri)
                )
        );

        Assert.Contains("answered 307", await FailsAsync(server), StringComparison.Ordinal);
        Assert.Equal(0, other.Requests);
    }

    [Fact]
    public async Task One_that_hangs_costs_a_second_and_no_more()
    {
        LocalServer? self = null;
        await using var server = self = new LocalServer((_, _) => self!.Stopped);
        var time = new FakeTimeProvider();

        var detecting = Metadata(server, time).DetectAsync(CancellationToken.None);
        // All three clouds have been asked, so their time runs.
        await Eventually.IsTrue(() => server.Requests >= 3);
        time.Advance(TimeSpan.FromSeconds(0.999));
        await Delays.NothingHappens(TimeSpan.FromMilliseconds(50));
        Assert.False(detecting.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(0.001));

        var failed = await Assert.ThrowsAsync<PriceException>(() => detecting.WaitAsync(Eventually.Deadline));
        Assert.Contains(
            "aws: no answer within 1 s; azure: no answer within 1 s; gcp: no answer within 1 s",
            failed.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task The_one_that_answers_is_not_kept_waiting_by_those_that_hang()
    {
        LocalServer? self = null;
        await using var server = self = new LocalServer(
            (context, _) =>
                context.Request.Url!.AbsolutePath.StartsWith("/metadata/", StringComparison.Ordinal)
                    ? LocalServer.TextAsync(context, """{"vmSize": "Standard_NC4as_T4_v3", "location": "westeurope"}""")
                    : self!.Stopped
        );

        Assert.Equal("azure", (await DetectAsync(server).WaitAsync(Eventually.Deadline)).Cloud);
    }

    [Fact]
    public async Task Where_nothing_listens_there_is_no_cloud()
    {
        var server = new LocalServer("");
        await server.DisposeAsync();

        Assert.Contains("aws: there is no such service here", await FailsAsync(server), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_callers_wish_ends_it()
    {
        LocalServer? self = null;
        await using var server = self = new LocalServer((_, _) => self!.Stopped);
        using var soon = new CancellationTokenSource(50);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            Metadata(server, TimeProvider.System).DetectAsync(soon.Token)
        );
    }

    [Theory]
    [InlineData(null, PurchaseOption.Spot)]
    [InlineData(PurchaseOption.Reserved1Year, PurchaseOption.Reserved1Year)]
    public async Task The_detected_machine_is_looked_up_as_the_user_buys_it(
        PurchaseOption? purchase,
        PurchaseOption expected
    )
    {
        await using var server = Aws("g6.xlarge", "spot");
        CloudMachine? asked = null;
        var source = new DetectedPriceSource(
            Metadata(server),
            machine =>
            {
                asked = machine;
                return Own with { Note = "from the file" };
            },
            purchase,
            null
        );

        var price = await source.ReadAsync(CancellationToken.None);

        Assert.Null(source.RefreshEvery);
        Assert.Equal(new CloudMachine("aws", "g6.xlarge", "eu-west-1", expected), asked);
        Assert.Equal($"detected: g6.xlarge of aws in eu-west-1, {expected.Label()}; from the file", price.Note);
    }

    [Fact]
    public async Task Without_a_detected_machine_the_users_price_is_used()
    {
        await using var server = new LocalServer((context, _) => LocalServer.TextAsync(context, "", 404));

        var price = await new DetectedPriceSource(Metadata(server), _ => Own, null, Own).ReadAsync(
            CancellationToken.None
        );

        Assert.Equal(2, price.UsdPerHour);
        Assert.StartsWith("no cloud knows this machine", price.Note, StringComparison.Ordinal);
        Assert.EndsWith("; your price is used", price.Note, StringComparison.Ordinal);
        await Assert.ThrowsAsync<PriceException>(() =>
            new DetectedPriceSource(Metadata(server), _ => Own, null, null).ReadAsync(CancellationToken.None)
        );
    }

    [Fact]
    public async Task Without_a_price_of_the_machine_the_users_price_is_used()
    {
        await using var server = Aws("g6.xlarge", "spot");

        var price = await new DetectedPriceSource(
            Metadata(server),
            machine => throw new PriceException($"the price file has no {machine.Instance}"),
            null,
            Own
        ).ReadAsync(CancellationToken.None);

        Assert.Equal("the price file has no g6.xlarge; your price is used", price.Note);
    }

    // A clock that stands still: a machine that is short of time must not look like a cloud that does not answer.
    private CloudMetadata Metadata(LocalServer server) => Metadata(server, new FakeTimeProvider());

    private CloudMetadata Metadata(LocalServer server, TimeProvider time)
    {
        var services = new ServiceCollection()
            .AddSingleton(time)
            .AddCloudMetadata(server.Address)
            .BuildServiceProvider();
        _services.Add(services);
        return services.GetRequiredService<CloudMetadata>();
    }

    private Task<CloudMachine> DetectAsync(LocalServer server) => Metadata(server).DetectAsync(CancellationToken.None);

    private async Task<string> FailsAsync(LocalServer server)
    {
        var failed = await Assert.ThrowsAsync<PriceException>(() => DetectAsync(server));
        Assert.DoesNotContain('\n', failed.Message);
        return failed.Message;
    }

    private static async Task BreakOffAsync(HttpListenerContext context)
    {
        context.Response.ContentLength64 = 100;
        await context.Response.OutputStream.WriteAsync("{"u8.ToArray());
        await context.Response.OutputStream.FlushAsync();
        context.Response.Abort();
    }

    private static LocalServer Aws(string instance, string life) =>
        new(
            (context, _) =>
                (context.Request.HttpMethod, context.Request.Url!.AbsolutePath) switch
                {
                    ("PUT", "/latest/api/token")
                        when context.Request.Headers["X-aws-ec2-metadata-token-ttl-seconds"] == "60" =>
                        LocalServer.TextAsync(context, "AQAEA-token=="),
                    ("GET", var path)
                        when path.StartsWith("/latest/", StringComparison.Ordinal)
                            && context.Request.Headers["X-aws-ec2-metadata-token"] != "AQAEA-token==" =>
                        LocalServer.TextAsync(context, "", 401),
                    ("GET", "/latest/meta-data/instance-type") => LocalServer.TextAsync(context, instance),
                    ("GET", "/latest/meta-data/placement/region") => LocalServer.TextAsync(context, "eu-west-1"),
                    ("GET", "/latest/meta-data/instance-life-cycle") => LocalServer.TextAsync(context, life),
                    _ => LocalServer.TextAsync(context, "", 404),
                }
        );

    private static LocalServer Azure(string document) =>
        new(
            (context, _) =>
                context.Request.RawUrl == "/metadata/instance/compute?api-version=2021-02-01"
                && context.Request.Headers["Metadata"] == "true"
                    ? LocalServer.TextAsync(context, document)
                    : LocalServer.TextAsync(context, "", 404)
        );

    private static LocalServer Gcp(string preemptible, string sign) =>
        new(
            (context, _) =>
                context.Request.Headers["Metadata-Flavor"] != "Google"
                    ? LocalServer.TextAsync(context, "", 403)
                    : context.Request.Url!.AbsolutePath switch
                    {
                        "/computeMetadata/v1/instance/machine-type" => LocalServer.TextAsync(
                            context,
                            "projects/123/machineTypes/g2-standard-4",
                            200,
                            ("Metadata-Flavor", sign)
                        ),
                        "/computeMetadata/v1/instance/zone" => LocalServer.TextAsync(
                            context,
                            "projects/123/zones/europe-west4-a",
                            200,
                            ("Metadata-Flavor", sign)
                        ),
                        "/computeMetadata/v1/instance/scheduling/preemptible" => LocalServer.TextAsync(
                            context,
                            preemptible,
                            200,
                            ("Metadata-Flavor", sign)
                        ),
                        _ => LocalServer.TextAsync(context, "", 404),
                    }
        );
}
