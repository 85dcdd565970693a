using System.Globalization;
using InferenceMeter.LoadTargets;
using InferenceMeter.LoadTesting;
using InferenceMeter.Settings;
using InferenceMeter.Settings.Load;
using InferenceMeter.Tests.Pricing.Feeds;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace InferenceMeter.ServiceTests.Program;

/// <summary>What <c>load</c> and <c>health</c> ask, where, and by which way.</summary>
public sealed class TargetAddressTests
{
    private const string Metadata = """{"inputs":[{"name":"pixels","datatype":"UINT8","shape":[-1,224,224,3]}]}""";
    private const string Price = """{"usdPerHour":2,"source":"fixed"}""";

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("/a/b")]
    [InlineData("/a/b/")]
    public async Task The_path_of_the_address_is_kept_and_told(string path)
    {
        await using var server = new LocalServer((context, _) => AnswerAsync(context));
        var address = new Uri(server.Address, path);
        var below = path.TrimEnd('/');
        var said = $"{server.Address.AbsoluteUri.TrimEnd('/')}{below}";

        await using var classify = await OpenAsync(new LoadOptions { Address = address });
        await using var rest = await OpenAsync(new LoadOptions { Address = address, Protocol = LoadProtocol.V2 });
        var outcomes = new[]
        {
            await classify.Target.SendAsync(new[] { 0 }, CancellationToken.None),
            await rest.Target.SendAsync(new[] { 0 }, CancellationToken.None),
        };

        Assert.Equal([QueryOutcome.Ok, QueryOutcome.Ok], outcomes);
        Assert.Equal(
            new[]
            {
                $"GET {below}/api/v1/price",
                $"GET {below}/api/v1/price",
                $"GET {below}/v2/models/resnet50",
                $"POST {below}/api/v1/classify",
                $"POST {below}/v2/models/resnet50/infer",
            },
            server.Asked.Order(StringComparer.Ordinal)
        );
        Assert.StartsWith($"{said}/api/v1/classify, ", classify.Target.Description, StringComparison.Ordinal);
        Assert.StartsWith($"{said}/v2/models/resnet50, ", rest.Target.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_names_the_address_that_was_asked()
    {
        await using var server = new LocalServer((context, _) => LocalServer.TextAsync(context, "no", 404));
        await using var session = await OpenAsync(new LoadOptions { Address = new Uri(server.Address, "/a") });

        await session.Target.SendAsync(new[] { 0 }, CancellationToken.None);

        Assert.Equal($"{server.Address}a/api/v1/classify answered 404: no", session.Target.LastError);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_request_names_the_host_that_is_asked_for(bool isProtocol)
    {
        var hosts = new System.Collections.Concurrent.ConcurrentQueue<string>();
        await using var server = await WebServer.StartAsync(
            HttpProtocols.Http1,
            async context =>
            {
                hosts.Enqueue(context.Request.Host.Value!);
                await context.Response.WriteAsync(context.Request.Path == "/api/v1/price" ? Price : Metadata);
            }
        );

        await using var session = await OpenAsync(
            new LoadOptions
            {
                Address = server.Address,
                Protocol = isProtocol ? LoadProtocol.V2 : LoadProtocol.Classify,
                HostHeader = "resnet.models.example:8080",
            }
        );
        await session.Target.SendAsync(new[] { 0 }, CancellationToken.None);

        Assert.Equal(["resnet.models.example:8080"], hosts.Distinct());
        Assert.True(hosts.Count >= 2);
    }

    [Fact]
    public async Task So_does_every_call_of_gRPC()
    {
        var hosts = new System.Collections.Concurrent.ConcurrentQueue<string>();
        await using var server = await WebServer.StartAsync(
            HttpProtocols.Http2,
            context =>
            {
                hosts.Enqueue(context.Request.Host.Value!);
                context.Response.StatusCode = 404;
                return Task.CompletedTask;
            }
        );

        await Assert.ThrowsAsync<Errors.UserException>(() =>
            OpenAsync(
                new LoadOptions
                {
                    Address = server.Address,
                    Protocol = LoadProtocol.Grpc,
                    HostHeader = "resnet.models.example",
                }
            )
        );

        Assert.Equal(["resnet.models.example"], hosts);
    }

    [Theory]
    [InlineData("health {0}", 0)]
    [InlineData("health {0}/healthz/ready", 0)]
    [InlineData("load {0} --scenario closed --concurrency 1 --seconds 1 --warm-up 0 --synthetic-photos 1", 0)]
    public async Task No_proxy_of_the_environment_is_asked_for_this_machine(string arguments, int expected)
    {
        await using var meter = new LocalServer((context, _) => AnswerAsync(context));
        await using var proxy = new LocalServer((context, _) => LocalServer.TextAsync(context, "a proxy", 502));
        var proxyAddress = proxy.Address.AbsoluteUri;

        var (code, output) = await Tool.RunAsync(
            RunningMeter.Executable,
            string.Format(CultureInfo.InvariantCulture, arguments, meter.Address.AbsoluteUri.TrimEnd('/')).Split(' '),
            environment: new Dictionary<string, string>
            {
                ["http_proxy"] = proxyAddress,
                ["all_proxy"] = proxyAddress,
                ["no_proxy"] = "",
                ["INFERENCEMETER_API_KEY"] = "secret",
            }
        );

        Assert.True(code == expected, output);
        Assert.Empty(proxy.Asked);
        Assert.NotEmpty(meter.Asked);
    }

    [Fact]
    public async Task Health_is_asked_below_the_path_of_the_address()
    {
        await using var server = new LocalServer("ready");

        var (code, _) = await Tool.RunAsync(RunningMeter.Executable, ["health", $"{server.Address}meters/1/"]);

        Assert.Equal(0, code);
        Assert.Equal(["GET /meters/1/healthz/ready"], server.Asked);
    }

    private static Task AnswerAsync(System.Net.HttpListenerContext context) =>
        LocalServer.TextAsync(
            context,
            context.Request.RawUrl!.Contains("/api/v1/price", StringComparison.Ordinal) ? Price : Metadata,
            200,
            ("Content-Type", "application/json")
        );

    private static Task<LoadTestSession> OpenAsync(LoadTestOptions options) =>
        LoadTestSession.RemoteAsync(
            new MeterSettings { Images = new ImageSettings { SyntheticPhotos = 1 } },
            options,
            samples: 1,
            CancellationToken.None
        );

    /// <summary>A server of one version of HTTP.</summary>
    private sealed class WebServer(WebApplication app) : IAsyncDisposable
    {
        public Uri Address { get; } = new(app.Urls.Single());

        public static async Task<WebServer> StartAsync(HttpProtocols protocols, RequestDelegate answer)
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.WebHost.ConfigureKestrel(kestrel =>
                kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = protocols)
            );
            var app = builder.Build();
            app.Run(answer);
            await app.StartAsync();
            return new WebServer(app);
        }

        public ValueTask DisposeAsync() => app.DisposeAsync();
    }
}
