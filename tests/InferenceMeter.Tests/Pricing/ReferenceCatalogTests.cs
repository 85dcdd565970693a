using System.Text.Json;
using InferenceMeter.Pricing;
using InferenceMeter.Pricing.Book;

namespace InferenceMeter.Tests.Pricing;

public sealed class ReferenceCatalogTests
{
    private static ReferenceCatalog Catalog => ReferenceCatalog.Default;

    // Beyond the published facts, each with a source of its own.
    private static readonly string[] OwnReferences =
    [
        "mlperf-v4.1-l4",
        "mlperf-v5.0-l40s",
        "mlperf-v6.0-rtx-pro-4500",
        "mlperf-v6.0-rtx4090",
    ];

    private static readonly string[] OwnTrends = ["epoch-2025", "ark-2026-training", "ark-2026-inference"];

    [SharedFact]
    public void The_catalog_agrees_with_the_published_facts()
    {
        using var facts = JsonDocument.Parse(File.ReadAllText(Path.Combine(SharedData.Root!, "reference-data.json")));
        var published = facts.RootElement.GetProperty("references").EnumerateArray().ToArray();

        Assert.Equal(
            published.Select(fact => fact.GetProperty("id").GetString()!).Concat(OwnReferences).Order(),
            Catalog.References.Select(reference => reference.Id).Order()
        );
        Assert.All(
            published,
            fact =>
            {
                var reference = Catalog.Find(fact.GetProperty("id").GetString()!)!;
                Assert.Equal(fact.GetProperty("year").GetDouble(), reference.Year);
                Assert.Equal(Text(fact, "kind"), reference.Kind);
                Assert.Equal(Text(fact, "label"), reference.Label);
                Assert.Equal(Text(fact, "source"), reference.Source);
                Assert.Equal(Text(fact, "model"), reference.Model);
                Assert.Equal(Text(fact, "scope"), reference.Scope);
                Assert.Equal(Number(fact, "images_per_second"), reference.ImagesPerSecond);
                Assert.Equal(Number(fact, "accelerators"), reference.Accelerators);
                Assert.Equal(Number(fact, "usd_per_hour"), (double?)reference.UsdPerHour);
                if (Text(fact, "status") is { } status)
                    Assert.Contains(status, reference.Status, StringComparison.Ordinal);
                if (Number(fact, "usd_per_billion") is { } cost)
                    Assert.Equal(cost, (double?)reference.UsdPerBillion);
                if (Number(fact, "usd_per_hour_low") is { } low)
                    Assert.Equal(low, (double)reference.Prices!.Low);
                if (Number(fact, "usd_per_hour_high") is { } high)
                    Assert.Equal(high, (double)reference.Prices!.High);
                if (Number(fact, "usd_per_billion_low") is { } least)
                    Assert.Equal(least, Cents(reference.UsdPerBillionLow));
                if (Number(fact, "usd_per_billion_high") is { } most)
                    Assert.Equal(most, Cents(reference.UsdPerBillionHigh));
            }
        );

        Assert.Equal(
            Values("trends", "id", "halving_months"),
            Catalog
                .Trends.Where(trend => !OwnTrends.Contains(trend.Id))
                .Select(trend => (trend.Id, trend.HalvingMonths))
        );
        Assert.All(
            List("trends"),
            fact =>
            {
                var trend = Catalog.Trends.Single(known => known.Id == Text(fact, "id"));
                Assert.Equal(Text(fact, "label"), trend.Label);
                if (Text(fact, "axis") is { } axis)
                    Assert.Equal(axis, trend.Axis);
                if (Text(fact, "status") is { } status)
                    Assert.Contains(status, trend.Status, StringComparison.Ordinal);
            }
        );
        Assert.Equal(
            Values("training", "what", "usd"),
            Catalog.Training.Select(training => (training.What, (double)training.Usd))
        );
        Assert.Equal(
            List("training").Select(fact => (Number(fact, "year"), Text(fact, "source"))),
            Catalog.Training.Select(training => ((double?)training.Year, (string?)training.Source))
        );
        Assert.Equal(
            Values("improvements", "what", "factor"),
            Catalog.Improvements.Select(improvement => (improvement.What, improvement.Factor))
        );
        Assert.Equal(
            List("improvements").Select(fact => (Text(fact, "cause"), Text(fact, "source"))),
            Catalog.Improvements.Select(improvement => ((string?)improvement.Cause, (string?)improvement.Source))
        );

        var mlperf = facts.RootElement.GetProperty("mlperf_resnet50");
        Assert.Equal(Number(mlperf, "accuracy_top1_reference"), Catalog.MlPerf.AccuracyTop1Reference);
        Assert.Equal(Number(mlperf, "accuracy_target_fraction"), Catalog.MlPerf.AccuracyTargetFraction);
        Assert.Equal(Number(mlperf, "server_p99_bound_seconds"), Catalog.MlPerf.ServerP99BoundSeconds);
        Assert.Equal(Number(mlperf, "min_duration_seconds"), Catalog.MlPerf.MinDurationSeconds);
        Assert.Equal(Number(mlperf, "offline_min_samples"), Catalog.MlPerf.OfflineMinSamples);

        IEnumerable<JsonElement> List(string name) => facts.RootElement.GetProperty(name).EnumerateArray();

        IEnumerable<(string, double)> Values(string list, string name, string value) =>
            List(list).Select(item => (item.GetProperty(name).GetString()!, item.GetProperty(value).GetDouble()));

        static double Cents(decimal? usd) => (double)decimal.Round(usd!.Value, 2);
    }

    [Fact]
    public void Every_reference_says_its_source_its_year_its_model_scope_batch_and_precision()
    {
        Assert.All(
            Catalog.References,
            reference =>
            {
                Assert.NotEmpty(reference.Source);
                Assert.InRange(reference.Year, 2017, 2027);
                Assert.All(
                    [reference.Model, reference.Scope, reference.Batch, reference.Precision, reference.Label],
                    text => Assert.False(string.IsNullOrWhiteSpace(text))
                );
                // Without a cost there is at least a throughput to compare with.
                Assert.True(reference.UsdPerBillion is not null || reference.ImagesPerSecond is not null, reference.Id);
            }
        );
        Assert.All(
            Catalog.Trends,
            trend => Assert.True(trend is { Source.Length: > 0, Date.Length: >= 4, Axis.Length: > 0 }, trend.Id)
        );
    }

    [Fact]
    public void References_are_in_order_of_their_year_with_different_ids()
    {
        Assert.Equal(
            Catalog.References.Select(reference => reference.Year).Order(),
            Catalog.References.Select(reference => reference.Year)
        );
        Assert.Equal(Catalog.References.Count, Catalog.References.Select(reference => reference.Id).Distinct().Count());
    }

    [Fact]
    public void Only_the_three_cent_claim_is_not_reproduced_and_says_why()
    {
        var claim = Assert.Single(Catalog.References, reference => !reference.Reproduced);

        Assert.Equal(("ark-2019", 0.03m), (claim.Id, claim.UsdPerBillion));
        Assert.Contains("claimed, not reproduced", claim.Label, StringComparison.Ordinal);
        Assert.Contains("312 / 10,000 = 0.0312", claim.Status, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dawnbench-2019-10-t4", 312)]
    [InlineData("mlperf-v0.7-t4", 22.10)]
    [InlineData("mlperf-v3.0-h100", 8.14)]
    [InlineData("mlperf-v4.1-h200", 11.54)]
    [InlineData("energy-floor", 0.066)]
    public void A_reference_has_a_cost_published_or_worked_out(string id, double expected) =>
        Assert.Equal(expected, (double)Catalog.Find(id)!.UsdPerBillion!.Value, 0.005);

    [Theory]
    [InlineData("mlperf-v5.0-granite-rapids")]
    [InlineData("mlperf-v5.1-rtx4090")]
    [InlineData("mlperf-v5.1-ort-cpu")]
    public void Where_no_price_is_on_file_a_reference_has_a_throughput_and_no_cost(string id)
    {
        var reference = Catalog.Find(id)!;

        Assert.NotNull(reference.ImagesPerSecond);
        Assert.Null(reference.UsdPerBillion);
        Assert.Null(reference.NeededImagesPerSecond(new UsdPerMachineHour(1)));
        Assert.Null(reference.TimesAbove(100));
        Assert.DoesNotContain(reference, Catalog.Priced);
    }

    [Fact]
    public void A_range_goes_from_the_cheapest_row_on_file_to_the_dearest_of_aws()
    {
        var priced = Catalog.References.Where(reference => reference.Prices is not null).ToArray();

        Assert.True(priced.Length >= 7);
        Assert.All(
            priced,
            reference =>
            {
                // The published figures are of SXM modules; the PCIe and NVL cards are slower and cheaper.
                var rows = PriceBook
                    .Shipped.Rows.Where(row => row.Gpu == reference.Gpu && row.Purchase == PurchaseOption.OnDemand)
                    .Where(row => !row.Instance.Contains("PCIe", StringComparison.OrdinalIgnoreCase))
                    .Where(row => !row.Instance.Contains("NVL", StringComparison.Ordinal))
                    .ToArray();
                var low = rows.MinBy(PerGpu)!;
                var high = rows.Where(row => row.Cloud == "aws").MaxBy(PerGpu)!;

                Assert.Equal(PerGpu(low), reference.Prices!.Low, 2);
                Assert.Equal(PerGpu(high), reference.Prices.High, 2);
                Assert.Contains(rows, row => Name(row) == reference.Prices.LowOf && PerGpu(row) == PerGpu(low));
                Assert.Contains(rows, row => Name(row) == reference.Prices.HighOf && PerGpu(row) == PerGpu(high));
                Assert.Equal(low.AsOf > high.AsOf ? low.AsOf : high.AsOf, reference.Prices.AsOf);
            }
        );

        static decimal PerGpu(PriceRow row) => row.PerHour.Usd / row.Gpus;
        static string Name(PriceRow row) => PriceBook.ToPrice(row).Note!;
    }

    [Fact]
    public void A_derived_reference_stands_where_its_price_held_and_a_published_cost_where_it_was_published()
    {
        Assert.Equal(2026 + (312 / 365d), Catalog.Find("mlperf-v3.0-h100")!.CostYear, 1e-9);
        Assert.Equal(2019.79, Catalog.Find("dawnbench-2019-10-t4")!.CostYear);
    }

    [Fact]
    public void The_price_behind_a_published_cost_follows_from_the_time_of_an_image()
    {
        // 7.31e-6 USD for 29.24 ms is the 0.90 USD an hour that a p2.xlarge cost.
        Assert.Equal(0.90m, decimal.Round(Catalog.Find("dawnbench-2017-11-k80")!.PricePerHour!.Value, 4));
        Assert.Equal(0.34m, decimal.Round(Catalog.Find("dawnbench-2018-04-cpu")!.PricePerHour!.Value, 3));
    }

    [Fact]
    public void The_energy_floor_follows_from_images_per_joule() =>
        Assert.Equal(1e9 / 423.6 / 3.6e6 * 0.10, (double)Catalog.Find("energy-floor")!.UsdPerBillion!.Value, 0.0005);

    [Fact]
    public void Needed_throughput_reaches_the_reference_at_that_price()
    {
        foreach (var reference in Catalog.Priced)
        {
            var needed = reference.NeededImagesPerSecond(new UsdPerMachineHour(2.50m))!.Value;
            Assert.Equal(
                1,
                (double)(
                    CostPerBillion.Compute(new UsdPerMachineHour(2.50m), needed)!.Value / reference.UsdPerBillion!.Value
                ),
                1e-9
            );
        }

        Assert.Equal(
            96_029,
            Catalog.Find("mlperf-v4.1-h200")!.NeededImagesPerSecond(new UsdPerMachineHour(3.99m))!.Value,
            0.001
        );
        Assert.Null(Catalog.Priced.First().NeededImagesPerSecond(new UsdPerMachineHour(0)));
    }

    [Fact]
    public void A_cost_is_so_many_times_above_or_below_a_reference()
    {
        var reference = Catalog.Find("dawnbench-2019-10-t4")!;

        Assert.Equal((2d, 0.5), (reference.TimesAbove(624)!.Value, reference.TimesBelow(624)!.Value));
        Assert.Equal((0.25, 4d), (reference.TimesAbove(78)!.Value, reference.TimesBelow(78)!.Value));
        Assert.Null(reference.TimesBelow(0));
    }

    [Fact]
    public void The_accuracy_that_a_quoted_cost_must_pass_is_that_of_MLPerf() =>
        Assert.Equal(0.75695, Catalog.MlPerf.AccuracyTarget, 5);

    [Theory]
    [InlineData("$1,000")]
    [InlineData("$10 ")]
    [InlineData("$1 by the end of 2020")]
    [InlineData("tenfold a year")]
    [InlineData("50 times as fast as Moore")]
    [InlineData("$10,000")]
    [InlineData("$0.03")]
    [InlineData("16 months")]
    [InlineData("61 times")]
    [InlineData("8 times less compute")]
    [InlineData("1,800 %")]
    [InlineData("800 %")]
    [InlineData("16 times")]
    [InlineData("$6,912")]
    [InlineData("$25,000")]
    [InlineData("$12 million")]
    [InlineData("$572 million")]
    [InlineData("every two years from 1960 to 2010")]
    public void Every_figure_of_the_seed_is_in_the_table_of_claims(string figure) =>
        Assert.Contains(Catalog.Claims, claim => claim.Text.Contains(figure, StringComparison.Ordinal));

    [Fact]
    public void Every_claim_says_where_it_is_shown_or_why_not_and_the_docs_have_the_same_table()
    {
        string[] lists = ["references", "trends", "training", "improvements"];
        var docs = File.ReadAllText(Path.Combine(Repository.Root, "docs", "claims.md"));

        Assert.All(
            Catalog.Claims,
            claim =>
            {
                Assert.Equal(claim.Represented, lists.Contains(claim.Where));
                Assert.NotEmpty(claim.How);
                Assert.Contains(
                    $"| {claim.Text} | {(claim.Represented ? claim.Where : "not shown")} | {claim.How} |",
                    docs,
                    StringComparison.Ordinal
                );
            }
        );
    }

    [Fact]
    public void The_docs_name_each_reference_whose_figure_was_not_compared_with_its_source()
    {
        var docs = File.ReadAllText(Path.Combine(Repository.Root, "docs", "claims.md"));

        Assert.All(
            Catalog.References,
            reference =>
                Assert.Equal(reference.Checked is null, docs.Contains($"- `{reference.Id}`", StringComparison.Ordinal))
        );
    }

    [Fact]
    public void Rates_of_decline_follow_from_the_figures_that_they_are_of()
    {
        Assert.Equal(24 / Math.Log2(10_000 / 0.03), Months("ark-inference-claim"), 0.01);
        Assert.Equal(12 / Math.Log2(10), Months("ark-training"), 0.01);
        Assert.Equal((2019.79 - 2017.91) * 12 / Math.Log2(10_898 / 312d), Months("dawnbench-record"), 0.05);
        Assert.Equal(23 / Math.Log2(20 / 0.07), Months("ai-index"), 0.05);
        Assert.Equal(12 / Math.Log2(40), Months("epoch-2025"), 0.01);
        Assert.Equal(12 / Math.Log2(1 / 0.25), Months("ark-2026-training"), 0.01);
        Assert.Equal(12 / Math.Log2(1 / 0.05), Months("ark-2026-inference"), 0.01);

        static double Months(string id) => Catalog.Trends.Single(trend => trend.Id == id).HalvingMonths;
    }

    [Fact]
    public void Trends_of_training_and_of_language_models_are_not_drawn_on_the_inference_axis() =>
        Assert.Equal(
            ["moore", "openai-efficiency", "ark-inference-claim", "dawnbench-record"],
            Catalog.Trends.Where(trend => trend.Axis == Trend.Inference).Select(trend => trend.Id)
        );

    [Fact]
    public void One_rule_makes_factors_of_percentages() =>
        // 1,800 % faster is 19 times, so 800 % is 9 times.
        Assert.Equal([19d, 9d], Catalog.Improvements.Where(one => one.Source.Contains('%')).Select(one => one.Factor));

    [Fact]
    public void An_unknown_id_is_no_reference() => Assert.Null(Catalog.Find("no-such"));

    private static string? Text(JsonElement fact, string name) =>
        fact.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static double? Number(JsonElement fact, string name) =>
        fact.TryGetProperty(name, out var value) ? value.GetDouble() : null;
}
