using System.Net;
using System.Text.Json;
using InferenceMeter.History;
using InferenceMeter.Settings;

namespace InferenceMeter.ServiceTests.Api;

public sealed class ReferencesApiTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    [Fact]
    public async Task Trends_start_at_the_anchor_and_fall_at_their_rate()
    {
        await using var host = new MeterHost();

        var answer = await MeterApiTests.Json(host.Client, "/api/v1/references?anchor=ark-2017");
        var anchor = answer.GetProperty("references").EnumerateArray().Single(reference => reference.GetProperty("id").GetString() == "ark-2017");
        var now = DateTimeOffset.UtcNow;
        var months = (now.Year + ((now.DayOfYear - 1) / (DateTime.IsLeapYear(now.Year) ? 366.0 : 365)) - anchor.GetProperty("year").GetDouble()) * 12;

        Assert.Equal("ark-2017", answer.GetProperty("anchor").GetString());
        var trends = answer.GetProperty("trends").EnumerateArray().ToDictionary(trend => trend.GetProperty("id").GetString()!, StringComparer.Ordinal);
        Assert.Equal((24, 16), (trends["moore"].GetProperty("halvingMonths").GetDouble(), trends["openai-efficiency"].GetProperty("halvingMonths").GetDouble()));
        Assert.Equal(Pricing.ReferenceCatalog.Default.Trends.Select(trend => trend.Id), trends.Keys);
        Assert.All(trends.Values, trend => Assert.Equal(
            1, trend.GetProperty("usdPerBillionImagesToday").GetDouble() / (anchor.GetProperty("usdPerBillionImages").GetDouble() * Math.Pow(2, -months / trend.GetProperty("halvingMonths").GetDouble())), 0.02));
    }

    [Fact]
    public async Task An_anchor_that_is_none_is_answered_with_those_there_are()
    {
        await using var host = new MeterHost();

        using var answer = await host.Client.GetAsync("/api/v1/references?anchor=1999");

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("ark-2019", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_claim_says_why_it_is_one_and_the_training_cost_that_it_is_an_estimate()
    {
        await using var host = new MeterHost();

        var answer = await MeterApiTests.Json(host.Client, "/api/v1/references");
        var claim = answer.GetProperty("references").EnumerateArray().Single(reference => reference.GetProperty("id").GetString() == "ark-2019");

        Assert.StartsWith("claimed, not reproduced", claim.GetProperty("status").GetString(), StringComparison.Ordinal);
        Assert.True(answer.GetProperty("training").GetProperty("estimate").GetBoolean());
        Assert.False(answer.GetProperty("training").TryGetProperty("impliedUsd", out _));
        Assert.NotEmpty(answer.GetProperty("training").GetProperty("reported").EnumerateArray());
    }

    [Fact]
    public async Task The_machines_own_runs_have_a_halving_time_of_their_own()
    {
        var path = Path.Combine(_folder.FullName, "history.db");
        var settings = new MeterSettings { History = new HistorySettings { Path = path } };
        string machine;
        await using (var host = new MeterHost(settings))
        {
            machine = host.Parts.Machine;
            Assert.False((await MeterApiTests.Json(host.Client, "/api/v1/references")).TryGetProperty("measured", out _));
        }

        using (var file = HistoryFile.Open(path, TimeProvider.System))
        {
            // Halves in ten months; what is INVALID, of another machine or of another model would bend the line.
            for (var month = 0; month <= 20; month += 5) Save(file, $"{month}", machine, "null", "VALID", month, 1000 * Math.Pow(2, -month / 10.0));
            Save(file, "invalid", machine, "null", "INVALID", 12, 1e6);
            Save(file, "other machine", "another", "null", "VALID", 12, 1e6);
            Save(file, "other model", machine, "resnet50", "VALID", 12, 1e6);
        }

        await using var later = new MeterHost(settings);
        var measured = (await MeterApiTests.Json(later.Client, "/api/v1/references")).GetProperty("measured");

        Assert.Equal((machine, 5, true), (measured.GetProperty("machine").GetString(), measured.GetProperty("runs").GetInt32(), measured.GetProperty("certain").GetBoolean()));
        Assert.Equal(10, measured.GetProperty("halvingMonths").GetDouble(), 0.01);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static void Save(HistoryFile file, string id, string machine, string model, string verdict, int months, double cost) => Assert.True(file.Save(new RunRecord
    {
        Id = id,
        StartedAt = new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero).AddDays(months * 30.44),
        Machine = machine,
        Model = model,
        Precision = "fp32",
        Scope = "pipeline",
        Verdict = verdict,
        ImagesPerSecond = 1,
        UsdPerBillionImages = (decimal)cost,
        Document = "{}",
    }));
}
