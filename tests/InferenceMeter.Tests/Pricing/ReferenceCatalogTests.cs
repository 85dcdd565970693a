using System.Text.Json;
using InferenceMeter.Pricing;

namespace InferenceMeter.Tests.Pricing;

public sealed class ReferenceCatalogTests
{
    private static ReferenceCatalog Catalog => ReferenceCatalog.Default;

    [SharedFact]
    public void The_catalog_agrees_with_the_published_facts()
    {
        using var facts = JsonDocument.Parse(File.ReadAllText(Path.Combine(SharedData.Root!, "reference-data.json")));
        var published = facts.RootElement.GetProperty("references").EnumerateArray().ToArray();

        Assert.Equal(
            published.Select(fact => fact.GetProperty("id").GetString()).Order(),
            Catalog.References.Select(reference => reference.Id).Order()
        );
        Assert.All(
            published,
            fact =>
            {
                var reference = Catalog.Find(fact.GetProperty("id").GetString()!)!;
                Assert.Equal(fact.GetProperty("year").GetDouble(), reference.Year);
                Assert.Equal(fact.GetProperty("kind").GetString(), reference.Kind);
                Assert.Equal(fact.GetProperty("label").GetString(), reference.Label);
                Assert.Equal(fact.GetProperty("source").GetString(), reference.Source);
                Assert.Equal(Number(fact, "images_per_second"), reference.ImagesPerSecond);
                Assert.Equal(Number(fact, "usd_per_hour"), (double?)reference.UsdPerHour);
                if (Number(fact, "usd_per_billion") is { } cost)
                    Assert.Equal(cost, (double)reference.UsdPerBillion);
            }
        );

        Assert.Equal(
            Values("trends", "id", "halving_months"),
            Catalog.Trends.Select(trend => (trend.Id, trend.HalvingMonths))
        );
        Assert.Equal(
            Values("training", "what", "usd"),
            Catalog.Training.Select(training => (training.What, (double)training.Usd))
        );
        Assert.Equal(
            Values("improvements", "what", "factor"),
            Catalog.Improvements.Select(improvement => (improvement.What, improvement.Factor))
        );

        var mlperf = facts.RootElement.GetProperty("mlperf_resnet50");
        Assert.Equal(Number(mlperf, "accuracy_top1_reference"), Catalog.MlPerf.AccuracyTop1Reference);
        Assert.Equal(Number(mlperf, "accuracy_target_fraction"), Catalog.MlPerf.AccuracyTargetFraction);
        Assert.Equal(Number(mlperf, "server_p99_bound_seconds"), Catalog.MlPerf.ServerP99BoundSeconds);
        Assert.Equal(Number(mlperf, "min_duration_seconds"), Catalog.MlPerf.MinDurationSeconds);
        Assert.Equal(Number(mlperf, "offline_min_samples"), Catalog.MlPerf.OfflineMinSamples);

        IEnumerable<(string, double)> Values(string list, string name, string value) =>
            facts
                .RootElement.GetProperty(list)
                .EnumerateArray()
                .Select(item => (item.GetProperty(name).GetString()!, item.GetProperty(value).GetDouble()));
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
    [InlineData("mlperf-v4.1-h200", 5.03)]
    [InlineData("energy-floor", 0.175)]
    public void Each_reference_has_a_cost_published_or_worked_out(string id, double expected) =>
        Assert.Equal(expected, (double)Catalog.Find(id)!.UsdPerBillion, 0.005);

    [Fact]
    public void The_energy_floor_follows_from_images_per_joule() =>
        Assert.Equal(1e9 / 159 / 3.6e6 * 0.10, (double)Catalog.Find("energy-floor")!.UsdPerBillion, 0.001);

    [Fact]
    public void Needed_throughput_reaches_the_reference_at_that_price()
    {
        foreach (var reference in Catalog.References)
        {
            var needed = reference.NeededImagesPerSecond(new UsdPerMachineHour(2.50m))!.Value;
            Assert.Equal(
                1,
                (double)(CostPerBillion.Compute(new UsdPerMachineHour(2.50m), needed)!.Value / reference.UsdPerBillion),
                1e-9
            );
        }

        Assert.Equal(
            96_029,
            Catalog.Find("mlperf-v4.1-h200")!.NeededImagesPerSecond(new UsdPerMachineHour(1.74m))!.Value,
            0.001
        );
        Assert.Null(Catalog.References[0].NeededImagesPerSecond(new UsdPerMachineHour(0)));
    }

    [Fact]
    public void A_cost_is_so_many_times_above_or_below_a_reference()
    {
        var reference = Catalog.Find("dawnbench-2019-10-t4")!;

        Assert.Equal((2, 0.5), (reference.TimesAbove(624), reference.TimesBelow(624)));
        Assert.Equal((0.25, 4), (reference.TimesAbove(78), reference.TimesBelow(78)));
        Assert.Null(reference.TimesBelow(0));
    }

    [Fact]
    public void The_accuracy_that_a_quoted_cost_must_pass_is_that_of_MLPerf() =>
        Assert.Equal(0.75695, Catalog.MlPerf.AccuracyTarget, 5);

    [Fact]
    public void An_unknown_id_is_no_reference() => Assert.Null(Catalog.Find("no-such"));

    private static double? Number(JsonElement fact, string name) =>
        fact.TryGetProperty(name, out var value) ? value.GetDouble() : null;
}
