using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using InferenceMeter.ServiceTests.Api;

namespace InferenceMeter.ServiceTests.Program;

/// <summary>The history as its user meets it: over restarts, kills and damage.</summary>
public sealed partial class HistoryTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    private string Database => Path.Combine(_folder.FullName, "history.db");

    [Fact]
    public async Task The_money_counter_never_falls_over_a_kill_and_says_from_when_it_counts()
    {
        var (url, client) = Address();
        double last,
            since;
        await using (var meter = Start(url, "--usd-per-hour", "1000000"))
        {
            await meter.Until(async () => await ServeTests.Answers(client, "/healthz/ready"));
            (last, since) = await Scrape(client);
            (last, _) = await Scrape(client);
            meter.Signal(9);
            await meter.Exit();
        }

        await using var again = Start(url, "--usd-per-hour", "1000000");
        await again.Until(async () => await ServeTests.Answers(client, "/healthz/ready"));
        var (first, sinceThen) = await Scrape(client);
        var reading = await MeterApiTests.Json(client, "/api/v1/meter");

        Assert.True(last > 0);
        Assert.InRange(first, last, double.MaxValue);
        Assert.Equal(since, sinceThen, 0.001);
        Assert.InRange(reading.GetProperty("spentUsd").GetDouble(), first, double.MaxValue);
        Assert.Equal(
            since,
            reading.GetProperty("spentSince").GetDateTimeOffset().ToUnixTimeMilliseconds() / 1000d,
            0.002
        );
        again.Signal(2);
        Assert.Equal(0, await again.Exit());
    }

    [Fact]
    public async Task The_hours_hold_what_was_counted_and_spent()
    {
        var (url, client) = Address();
        JsonElement reading;
        await using (var meter = Start(url, "--usd-per-hour", "3600"))
        {
            await meter.Until(async () => await ServeTests.Answers(client, "/healthz/ready"));
            meter.Signal(2);
            Assert.Equal(0, await meter.Exit());
            var images = long.Parse(
                LastLine().Match(meter.Output).Groups["ok"].Value,
                NumberStyles.AllowThousands,
                CultureInfo.InvariantCulture
            );
            await using var later = Start(url, "--usd-per-hour", "3600");
            await later.Until(async () => await ServeTests.Answers(client, "/healthz/live"));
            reading = await MeterApiTests.Json(client, "/api/v1/hours");

            var hours = reading.GetProperty("hours").EnumerateArray().ToArray();
            Assert.InRange(hours.Sum(hour => hour.GetProperty("imagesOk").GetInt64()), images, long.MaxValue);
            // A dollar a second, so the money is the seconds that it ran.
            Assert.All(
                hours,
                hour =>
                    Assert.Equal(
                        hour.GetProperty("wallSeconds").GetDouble(),
                        hour.GetProperty("spentUsd").GetDouble(),
                        0.1
                    )
            );
        }
    }

    [Fact]
    public async Task A_damaged_file_is_set_aside_and_said()
    {
        await File.WriteAllTextAsync(
            Database,
            "this is no database, whatever its name says; and it is long enough to be looked at as one"
        );
        var (url, client) = Address();
        await using var meter = Start(url);

        await meter.Until(async () => await ServeTests.Answers(client, "/healthz/ready"));
        var reading = await MeterApiTests.Json(client, "/api/v1/meter");

        Assert.Contains(
            reading.GetProperty("notes").EnumerateArray(),
            note => note.GetString()!.Contains("damaged", StringComparison.Ordinal)
        );
        Assert.Single(_folder.GetFiles("history.db.corrupt-*"));
    }

    [Fact]
    public async Task A_second_meter_on_the_same_file_counts_for_itself_and_says_so()
    {
        var (url, client) = Address();
        var (otherUrl, other) = Address();
        await using var meter = Start(url);
        await meter.Until(async () => await ServeTests.Answers(client, "/healthz/ready"));
        await using var second = Start(otherUrl);
        await second.Until(async () => await ServeTests.Answers(other, "/healthz/ready"));

        var notes = (await MeterApiTests.Json(other, "/api/v1/meter")).GetProperty("notes").EnumerateArray();

        Assert.Contains(notes, note => note.GetString()!.Contains("another meter", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_a_file_there_are_no_hours_and_it_says_how_to_have_them()
    {
        await using var host = new MeterHost();

        using var answer = await host.Client.GetAsync("/api/v1/hours");

        Assert.Equal(System.Net.HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Contains("--history FILE", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static (string Url, HttpClient Client) Address()
    {
        var url = $"http://127.0.0.1:{RunningMeter.FreePort()}";
        return (url, new HttpClient { BaseAddress = new Uri(url) });
    }

    private RunningMeter Start(string url, params string[] more) =>
        new(["--session", "null", "--synthetic-photos", "2", "--urls", url, "--history", Database, .. more]);

    private static async Task<(double Spent, double Since)> Scrape(HttpClient client)
    {
        var text = await client.GetStringAsync("/metrics");
        return (Value("inference_cost_usd_total"), Value("inference_cost_since_timestamp_seconds"));

        double Value(string name) =>
            double.Parse(
                Regex
                    .Match(
                        text,
                        $"^{name}{{.*}} (?<value>[^ \n]+)",
                        RegexOptions.Multiline | RegexOptions.ExplicitCapture,
                        TimeSpan.FromSeconds(1)
                    )
                    .Groups["value"]
                    .Value,
                CultureInfo.InvariantCulture
            );
    }

    [GeneratedRegex("last reading: .*; (?<ok>[0-9,]+) images ok")]
    private static partial Regex LastLine();
}
