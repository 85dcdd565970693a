using System.Net;
using System.Net.Sockets;
using InferenceMeter.Settings;

namespace InferenceMeter.ServiceTests.Program;

/// <summary>Where the service listens: what is typed, what hosts set, and nothing by mistake.</summary>
public sealed class ListenAddressTests
{
    [Theory]
    [InlineData("http://127.0.0.l:8080")]
    [InlineData("http://127.0.0.1.:8080")]
    [InlineData("http://127.0.0:0.1:8080")]
    [InlineData("http://user@127.0.0.1:8080")]
    [InlineData("http://loca1host:8080")]
    [InlineData("http://localhost.:8080")]
    [InlineData("http://*.example.com:8080")]
    [InlineData("http://example.com:8080")]
    [InlineData("http://127.0.0.1 :8080")]
    [InlineData("http://127.0.0.1:99999")]
    [InlineData("https://127.0.0.1:8080")]
    [InlineData("127.0.0.1:8080")]
    public void A_host_that_the_server_would_take_for_every_address_is_refused(string url)
    {
        foreach (var service in new[] { With(url), With("http://localhost:1") with { GrpcUrls = url } })
        {
            var error = Assert.Single(SettingsRules.Check(new MeterSettings { Service = service }));

            Assert.Contains($"has '{url}', accepted: http addresses with ", error, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', error);
        }
    }

    [Theory]
    [InlineData("http://127.0.0.1:8080")]
    [InlineData("http://0.0.0.0:8080;http://[::]:8081")]
    [InlineData("http://[::1]:8080")]
    [InlineData("http://localhost:8080")]
    [InlineData("HTTP://LocalHost:8080/")]
    [InlineData("http://*:8080")]
    [InlineData("http://+:8080")]
    [InlineData("http://unix:/tmp/meter.sock")]
    public void Addresses_of_this_machine_are_accepted(string urls) =>
        Assert.Empty(SettingsRules.Check(new MeterSettings { Service = With(urls) }));

    [Theory]
    [InlineData(";")]
    [InlineData(" ; ")]
    public void No_address_at_all_is_refused(string urls) =>
        Assert.StartsWith(
            "Service:Urls (--urls) has no address, accepted: ",
            Assert.Single(SettingsRules.Check(new MeterSettings { Service = With(urls) })),
            StringComparison.Ordinal
        );

    [Fact]
    public async Task A_slip_in_the_address_ends_the_program_with_a_line()
    {
        var (code, output) = await Tool.RunAsync(
            RunningMeter.Executable,
            ["--session", "null", "--urls", $"http://127.0.0.l:{RunningMeter.FreePort()}"]
        );

        Assert.Equal(2, code);
        Assert.Contains("Service:Urls (--urls) has 'http://127.0.0.l:", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ASPNETCORE_URLS", "http://127.0.0.1:{0}", "http://127.0.0.1:{0}")]
    [InlineData("DOTNET_URLS", "http://127.0.0.1:{0}", "http://127.0.0.1:{0}")]
    [InlineData("ASPNETCORE_HTTP_PORTS", "{0}", "http://[::]:{0}")]
    public async Task It_listens_where_the_variables_of_the_host_say_and_prints_that(
        string variable,
        string value,
        string printed
    )
    {
        var port = RunningMeter.FreePort();
        await using var meter = new RunningMeter(
            ["--session", "null", "--synthetic-photos", "2"],
            environment: new Dictionary<string, string> { [variable] = At(value, port) }
        );
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };

        await meter.Until(() => ServeTests.Answers(client, "/healthz/ready"));
        await meter.Until(() => Task.FromResult(meter.Output.Contains(At(printed, port), StringComparison.Ordinal)));
        var (code, output) = await Tool.RunAsync(
            RunningMeter.Executable,
            ["health"],
            environment: new Dictionary<string, string> { [variable] = At(value, port) }
        );

        Assert.Equal((0, "ready"), (code, output.Trim()));
        Assert.DoesNotContain("localhost:8080", meter.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_said_to_the_meter_itself_goes_before_the_hosts_variables(bool isTyped)
    {
        var url = $"http://127.0.0.1:{RunningMeter.FreePort()}";
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var environment = new Dictionary<string, string>
        {
            ["ASPNETCORE_URLS"] = $"http://{taken.LocalEndpoint}",
            ["DOTNET_URLS"] = "https://nowhere",
            ["Service__Urls"] = isTyped ? $"http://{taken.LocalEndpoint}" : url,
        };
        string[] typed = isTyped ? ["--urls", url] : [];
        await using var meter = new RunningMeter(
            ["--session", "null", "--synthetic-photos", "2", .. typed],
            environment: environment
        );
        using var client = new HttpClient { BaseAddress = new Uri(url) };

        await meter.Until(() => ServeTests.Answers(client, "/healthz/live"));
    }

    [Fact]
    public async Task A_wrong_address_of_the_host_is_refused_with_the_name_of_its_variable()
    {
        var (code, output) = await Tool.RunAsync(
            RunningMeter.Executable,
            ["--session", "null"],
            environment: new Dictionary<string, string> { ["ASPNETCORE_URLS"] = "https://+:443;http://+:80" }
        );

        Assert.Equal(2, code);
        Assert.Contains(
            "ASPNETCORE_URLS, in place of Service:Urls (--urls), has 'https://+:443', accepted: ",
            output,
            StringComparison.Ordinal
        );
    }

    private static ServiceSettings With(string urls) => new() { Urls = urls };

    private static string At(string pattern, int port) =>
        string.Format(System.Globalization.CultureInfo.InvariantCulture, pattern, port);
}
