using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using InferenceMeter.ServiceTests.Api;
using InferenceMeter.Settings;

namespace InferenceMeter.ServiceTests.Program;

public sealed class ServeTests
{
    private const int Interrupt = 2;
    private const int Terminate = 15;

    [Theory]
    [InlineData(Interrupt)]
    [InlineData(Terminate)]
    public async Task It_classifies_with_the_built_in_model_and_drains_when_told_to_stop(int signal)
    {
        var url = $"http://127.0.0.1:{RunningMeter.FreePort()}";
        await using var meter = new RunningMeter(["--urls", url, "--synthetic-photos", "4", "--usd-per-hour", "2.49"]);
        using var client = new HttpClient { BaseAddress = new Uri(url) };
        await meter.Until(() => Answers(client, "/healthz/ready"));
        var reading = await MeterApiTests.Json(client, "/api/v1/meter");
        var told = Stopwatch.StartNew();

        meter.Signal(signal);
        var code = await meter.Exit();

        Assert.Equal(0, code);
        Assert.True(told.Elapsed < TimeSpan.FromSeconds(30), $"took {told.Elapsed}");
        Assert.Equal("synthetic", reading.GetProperty("engine").GetProperty("weights").GetString());
        Assert.Equal(25_530_472, reading.GetProperty("engine").GetProperty("parameters").GetInt64());
        Assert.Matches("price +\\$2\\.49/hour, fixed", meter.Output);
        Assert.Contains(url, meter.Output, StringComparison.Ordinal);
        Assert.Contains("last reading:", meter.Output.TrimEnd().Split('\n')[^1], StringComparison.Ordinal);
        // Nothing but why it runs on the CPU, where it does.
        Assert.Matches("^(running on the CPU: [^\n]+\n)?$", meter.Errors);
    }

    [Fact]
    public async Task A_taken_port_is_one_line()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;

        var (code, output) = await Tool.RunAsync(
            RunningMeter.Executable,
            ["--session", "null", "--urls", $"http://127.0.0.1:{port}"]
        );

        Assert.Equal(2, code);
        Assert.Matches($"^error: cannot listen on http://127.0.0.1:{port}: .*\n$", output);
    }

    [Fact]
    public async Task All_settings_that_cannot_be_used_are_listed_at_once_whatever_their_source()
    {
        var folder = Directory.CreateTempSubdirectory();
        await File.WriteAllTextAsync(
            Path.Combine(folder.FullName, "appsettings.json"),
            """
            {
              "Batching": { "BatchSize": 0 },
              "Pricing": { "UsdPerHuor": 2, "Instance": ["a", "b"] },
              "Princing": { "UsdPerHour": 2 },
              "Logging": { }
            }
            """
        );

        var (code, output) = await Tool.RunAsync(
            RunningMeter.Executable,
            ["--instances", "many"],
            environment: new Dictionary<string, string> { ["Pricing__UsdPerHour"] = "-3" },
            folder: folder.FullName
        );

        Assert.Equal(2, code);
        Assert.Contains("6 settings cannot be used", output, StringComparison.Ordinal);
        Assert.Contains(
            "Batching:BatchSize (--batch) is '0', accepted: a whole number from 1 to 4,096",
            output,
            StringComparison.Ordinal
        );
        Assert.Contains("Inference:Instances (--instances) is 'many'", output, StringComparison.Ordinal);
        Assert.Contains("Pricing:UsdPerHour (--usd-per-hour) is '-3'", output, StringComparison.Ordinal);
        Assert.Contains("Pricing:UsdPerHuor is no setting", output, StringComparison.Ordinal);
        Assert.Contains("Pricing:Instance (--instance) is a list or an object", output, StringComparison.Ordinal);
        Assert.Contains("Princing in appsettings.json is no section of settings", output, StringComparison.Ordinal);
        folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("--images", "/nowhere")]
    [InlineData("--model", "/etc/passwd")]
    [InlineData("--no-such-option", "1")]
    [InlineData("--api-key-file", "/nowhere")]
    public async Task What_cannot_be_used_ends_with_a_line_and_not_with_a_stack_trace(string option, string value)
    {
        var (code, output) = await Tool.RunAsync(RunningMeter.Executable, [option, value]);

        Assert.Equal(2, code);
        Assert.InRange(output.TrimEnd().Split('\n').Length, 1, 3);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_without_one_usable_image_ends_with_a_line()
    {
        var folder = Directory.CreateTempSubdirectory();
        for (var i = 0; i < 3; i++)
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, $"{i}.jpg"), "no image");

        var (code, output) = await Tool.RunAsync(
            RunningMeter.Executable,
            ["--images", folder.FullName, "--session", "null", "--urls", $"http://127.0.0.1:{RunningMeter.FreePort()}"]
        );

        Assert.Equal(2, code);
        Assert.Contains("error: not one of the 3 images can be used", output, StringComparison.Ordinal);
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Help_lists_every_setting()
    {
        var (code, output) = await Tool.RunAsync(RunningMeter.Executable, ["--help"]);

        Assert.Equal(0, code);
        Assert.All(
            Settings.SettingDefinition.All.Where(setting => setting.Attribute.Commands.HasFlag(CommandScopes.Serve)),
            setting => Assert.Contains(setting.Attribute.Option, output, StringComparison.Ordinal)
        );
    }

    internal static async Task<bool> Answers(HttpClient client, string path)
    {
        try
        {
            using var answer = await client.GetAsync(path);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
