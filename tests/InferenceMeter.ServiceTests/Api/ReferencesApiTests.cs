using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using InferenceMeter.Comparison;
using InferenceMeter.History;
using InferenceMeter.Metering;
using InferenceMeter.Reports;
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
        var anchor = answer
            .GetProperty("references")
            .EnumerateArray()
            .Single(reference => reference.GetProperty("id").GetString() == "ark-2017");
        var now = DateTimeOffset.UtcNow;
        var months =
            (
                now.Year
                + ((now.DayOfYear - 1) / (DateTime.IsLeapYear(now.Year) ? 366.0 : 365))
                - anchor.GetProperty("year").GetDouble()
            ) * 12;

        Assert.Equal("ark-2017", answer.GetProperty("anchor").GetString());
        Assert.Equal(
            "dawnbench-2018-04-cpu",
            (await MeterApiTests.Json(host.Client, "/api/v1/references")).GetProperty("anchor").GetString()
        );
        var trends = answer
            .GetProperty("trends")
            .EnumerateArray()
            .ToDictionary(trend => trend.GetProperty("id").GetString()!, StringComparer.Ordinal);
        Assert.Equal(
            (24, 16),
            (
                trends["moore"].GetProperty("halvingMonths").GetDouble(),
                trends["openai-efficiency"].GetProperty("halvingMonths").GetDouble()
            )
        );
        Assert.Equal(Pricing.ReferenceCatalog.Default.Trends.Select(trend => trend.Id), trends.Keys);
        Assert.All(
            trends.Values,
            trend =>
                Assert.Equal(
                    trend.GetProperty("axis").GetString() == "inference",
                    trend.TryGetProperty("usdPerBillionImagesToday", out _)
                )
        );
        Assert.All(
            trends.Values.Where(trend => trend.GetProperty("axis").GetString() == "inference"),
            trend =>
                Assert.Equal(
                    1,
                    trend.GetProperty("usdPerBillionImagesToday").GetDouble()
                        / (
                            anchor.GetProperty("usdPerBillionImages").GetDouble()
                            * Math.Pow(2, -months / trend.GetProperty("halvingMonths").GetDouble())
                        ),
                    0.02
                )
        );
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
        var claim = answer
            .GetProperty("references")
            .EnumerateArray()
            .Single(reference => reference.GetProperty("id").GetString() == "ark-2019");

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
            machine = host.Meter.Machine;
            Assert.False(
                (await MeterApiTests.Json(host.Client, "/api/v1/references")).TryGetProperty("measured", out _)
            );
        }

        using (var file = HistoryFile.Open(path, TimeProvider.System))
        {
            // Halves in ten months; what is INVALID, of another machine or of another model would bend the line.
            for (var month = 0; month <= 20; month += 5)
                Save(file, $"{month}", machine, "null", Verdict.Valid, month, 1000 * Math.Pow(2, -month / 10.0));
            Save(file, "invalid", machine, "null", Verdict.Invalid, 12, 1e6);
            Save(file, "other machine", "another", "null", Verdict.Valid, 12, 1e6);
            Save(file, "other model", machine, "resnet50", Verdict.Valid, 12, 1e6);
        }

        await using var later = new MeterHost(settings);
        var measured = (await MeterApiTests.Json(later.Client, "/api/v1/references")).GetProperty("measured");

        Assert.Equal(
            (machine, 5, true),
            (
                measured.GetProperty("machine").GetString(),
                measured.GetProperty("runs").GetInt32(),
                measured.GetProperty("certain").GetBoolean()
            )
        );
        Assert.Equal(10, measured.GetProperty("halvingMonths").GetDouble(), 0.01);
        // All of them ran at 1 image/s: what fell was the price.
        Assert.Equal(0, measured.GetProperty("efficiencyHalvingsPerMonth").GetDouble(), 1e-9);
        Assert.Equal(0.1, measured.GetProperty("priceHalvingsPerMonth").GetDouble(), 1e-3);
    }

    [Fact]
    public async Task A_null_session_has_no_cost_of_an_image_and_is_compared_with_nothing()
    {
        await using var host = await new MeterHost().Start();

        var answer = await MeterApiTests.Json(host.Client, "/api/v1/references?compare=all");

        Assert.StartsWith("no model is run", answer.GetProperty("note").GetString(), StringComparison.Ordinal);
        Assert.False(answer.TryGetProperty("usdPerBillionImages", out _));
        Assert.False(answer.GetProperty("training").TryGetProperty("impliedUsd", out _));
        Assert.All(
            answer.GetProperty("references").EnumerateArray(),
            reference =>
            {
                Assert.False(reference.GetProperty("comparable").GetBoolean());
                Assert.False(reference.TryGetProperty("timesBelow", out _));
            }
        );
    }

    [Fact]
    public async Task A_derived_reference_has_what_it_takes_to_give_it_at_another_price()
    {
        await using var host = new MeterHost();

        var answer = await MeterApiTests.Json(
            host.Client,
            "/api/v1/references?reprice=mlperf-v3.0-h100:1.69&reprice=mlperf-v5.1-ort-cpu:0.10"
        );
        var h100 = Find(answer, "mlperf-v3.0-h100");

        Assert.Equal((8.14, 20.81), (Round(h100, "low"), Round(h100, "high")));
        Assert.Equal(
            (2.69, 6.88, "2026-11-09"),
            (
                Number(h100.GetProperty("prices"), "low"),
                Number(h100.GetProperty("prices"), "high"),
                h100.GetProperty("prices").GetProperty("asOf").GetString()
            )
        );
        Assert.Equal(
            ("ResNet-50", "model", "offline", "int8", 91826d),
            (
                Text(h100, "model"),
                Text(h100, "scope"),
                Text(h100, "batch"),
                Text(h100, "precision"),
                Number(h100, "imagesPerSecond")
            )
        );
        // 1.69 / 3600 / 91,826 x 1e9, and 0.10 / 3600 / 209.2 x 1e9.
        Assert.Equal(5.112, Number(h100.GetProperty("repriced"), "usdPerBillionImages"), 3);
        Assert.Equal(
            132.781,
            Number(Find(answer, "mlperf-v5.1-ort-cpu").GetProperty("repriced"), "usdPerBillionImages"),
            3
        );
        Assert.All(
            h100.GetProperty("onFile").EnumerateArray(),
            price =>
                Assert.Equal(
                    Number(price, "usdPerHour") / 3600 / 91826 * 1e9,
                    Number(price, "usdPerBillionImages"),
                    1e-4
                )
        );
        Assert.Contains(
            h100.GetProperty("onFile").EnumerateArray(),
            price => Text(price, "of").StartsWith("azure ", StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData("reprice=mlperf-v3.0-h100", "reprice")]
    [InlineData("reprice=mlperf-v3.0-h100:-1", "reprice")]
    [InlineData("reprice=mlperf-v3.0-h100:1&reprice=mlperf-v3.0-h100:2", "reprice")]
    [InlineData("reprice=ark-2017:1", "reprice")]
    [InlineData("reprice=nothing:1", "reprice")]
    [InlineData("compare=some", "compare")]
    [InlineData("anchor=mlperf-v5.1-ort-cpu", "anchor")]
    public async Task A_request_that_makes_no_sense_is_refused_with_its_field(string query, string field)
    {
        await using var host = new MeterHost();

        using var answer = await host.Client.GetAsync($"/api/v1/references?{query}");

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.True(
            JsonDocument
                .Parse(await answer.Content.ReadAsStringAsync())
                .RootElement.GetProperty("errors")
                .TryGetProperty(field, out _)
        );
    }

    [Fact]
    public async Task Api_metrics_and_report_agree_on_each_reference()
    {
        await using var host = new MeterHost();

        var answer = await MeterApiTests.Json(host.Client, "/api/v1/references");
        var metrics = await host.Client.GetStringAsync("/metrics");
        var run = RunFileReader.Parse(
            """{"verdict": "VALID", "schemaVersion": 2, "engine": {"model": "resnet50"}}""",
            "a.json",
            "a"
        );
        var report = CostPlot.Draw(RunComparison.Of([run], "wall", null)).ToString();
        var references = answer.GetProperty("references").EnumerateArray().ToArray();

        Assert.Equal(Pricing.ReferenceCatalog.Default.References.Count, references.Length);
        Assert.All(
            references,
            reference =>
            {
                var known = Pricing.ReferenceCatalog.Default.Find(Text(reference, "id"))!;
                Assert.Equal(Rounded(known.UsdPerBillion), Usd(reference, "usdPerBillionImages"));
                Assert.Equal(Rounded(known.UsdPerBillionLow), Usd(reference, "low"));
                Assert.Equal(Rounded(known.UsdPerBillionHigh), Usd(reference, "high"));
                Assert.Equal(
                    Gauge("inference_reference_usd_per_billion_images", known),
                    Usd(reference, "usdPerBillionImages")
                );
                Assert.Equal(
                    Gauge("inference_reference_dearest_usd_per_billion_images", known),
                    Usd(reference, "high")
                );
                if (known.UsdPerBillion is not null)
                    Assert.Contains(new XText(CostPlot.Title(known)).ToString(), report, StringComparison.Ordinal);
            }
        );

        decimal? Gauge(string name, Pricing.Reference reference)
        {
            var match = Regex.Match(
                metrics,
                $"^{name}{{[^}}]*reference=\"{Regex.Escape(reference.Id)}\",year=\"{(int)reference.CostYear}\"[^}}]*}} "
                    + "(?<value>[^ \n]+)",
                RegexOptions.Multiline | RegexOptions.ExplicitCapture,
                TimeSpan.FromSeconds(1)
            );
            return match.Success
                ? Rounded(decimal.Parse(match.Groups["value"].Value, NumberStyles.Float, CultureInfo.InvariantCulture))
                : null;
        }

        static decimal? Rounded(decimal? usd) => usd is { } known ? Math.Round(known, 6) : null;
        static decimal? Usd(JsonElement of, string name) =>
            of.TryGetProperty(name, out var value) ? value.GetDecimal() : null;
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static JsonElement Find(JsonElement answer, string id) =>
        answer.GetProperty("references").EnumerateArray().Single(reference => Text(reference, "id") == id);

    private static string Text(JsonElement of, string name) => of.GetProperty(name).GetString()!;

    private static double Number(JsonElement of, string name) => of.GetProperty(name).GetDouble();

    private static double Round(JsonElement of, string name) => Math.Round(Number(of, name), 2);

    private static void Save(
        HistoryFile file,
        string id,
        string machine,
        string model,
        Verdict verdict,
        int months,
        double cost
    ) =>
        Assert.True(
            file.Save(
                new RunRecord
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
                }
            )
        );
}
