using InferenceMeter.History;
using InferenceMeter.Hosting;
using InferenceMeter.Metering;
using InferenceMeter.Pricing;
using Microsoft.AspNetCore.Http.HttpResults;

namespace InferenceMeter.Api;

/// <summary>A dated reference line, and what it would take here.</summary>
/// <param name="ImagesPerSecondNeeded">Throughput that reaches it at the present price.</param>
/// <param name="TimesAbove">How many times this machine's wall cost (1m window) is above it; absent when there is no steady reading.</param>
/// <param name="TimesBelow">How many times it is below it: the inverse.</param>
internal sealed record ReferenceDocument(
    string Id, double Year, string Kind, string Label, decimal? UsdPerBillionImages, string Source, string? Status, bool Reproduced, double? ImagesPerSecondNeeded, double? TimesAbove, double? TimesBelow);

/// <summary>Where the cost would be today, had it fallen at a trend's rate since the anchor.</summary>
/// <param name="HalvingMonths">Months in which it halves.</param>
/// <param name="TimesAbove">How many times this machine's wall cost is above that; absent when there is no steady reading.</param>
internal sealed record TrendDocument(string Id, string Label, double HalvingMonths, double UsdPerBillionImagesToday, double? TimesAbove);

/// <summary>What VALID runs of this machine, model and scope in the history say of its cost over time.</summary>
/// <param name="HalvingMonths">Months in which it halved; absent when it did not fall.</param>
/// <param name="HalvingsPerMonth">Below 0 when the cost rose.</param>
/// <param name="Low">Lower 95 % bound of <paramref name="HalvingsPerMonth"/>; absent with fewer than three runs.</param>
/// <param name="High">Upper one.</param>
/// <param name="Certain">The interval leaves out no change at all.</param>
internal sealed record MeasuredTrendDocument(string Machine, int Runs, DateTimeOffset From, DateTimeOffset To, double? HalvingMonths, double HalvingsPerMonth, double? Low, double? High, bool Certain);

/// <summary>Training a ResNet-50 for 90 epochs at this machine's wall cost: about 0.346 billion forward passes. An estimate.</summary>
/// <param name="Reported">What training is reported to have cost.</param>
internal sealed record TrainingDocument(decimal? ImpliedUsd, bool Estimate, string How, IReadOnlyList<TrainingCost> Reported);

/// <summary>All of them, with the present price.</summary>
internal sealed record ReferencesDocument(
    decimal UsdPerHour, decimal? UsdPerBillionImages, IReadOnlyList<ReferenceDocument> References, string Anchor, IReadOnlyList<TrendDocument> Trends, MeasuredTrendDocument? Measured, TrainingDocument Training,
    IReadOnlyList<Improvement> Improvements);

/// <summary><c>/api/v1/references</c>: the public record of this cost, from 2017.</summary>
internal static class ReferenceEndpoints
{
    /// <summary>The first public record of this cost.</summary>
    public const string DefaultAnchor = "dawnbench-2017-11-k80";

    private const int MostRuns = 1000;

    public static void MapReferences(this IEndpointRouteBuilder api) =>
        api.MapGet("/references", Get).WithName("GetReferences")
            .WithSummary("Dated reference costs with their sources, the throughput that would reach each at the present price, and trend lines from an anchor (?anchor=ID) beside this machine's own.");

    private static Results<Ok<ReferencesDocument>, ValidationProblem> Get(MeterService meter, RunArchive archive, string? anchor)
    {
        var catalog = ReferenceCatalog.Default;
        if (catalog.Find(anchor ?? DefaultAnchor) is not { } from)
            return TypedResults.ValidationProblem(new Dictionary<string, string[]>(StringComparer.Ordinal) { ["anchor"] = [$"one of {string.Join(", ", catalog.References.Select(reference => reference.Id))}"] });
        var parts = meter.Parts;
        var price = parts.Prices.Current.PerHour;
        var cost = CostReadings.From(parts.Meter.Read(), parts.Prices, parts.Scope).FirstOrDefault(c => c is { Basis: Basis.Wall, Window: "1m" })?.UsdPerBillion;
        var today = TrendLine.DecimalYear(meter.Time.GetUtcNow());
        return TypedResults.Ok(new ReferencesDocument(
            price.Usd,
            cost is { } usd ? CostDocuments.Round(usd) : null,
            [.. catalog.References.Select(r => new ReferenceDocument(
                r.Id, r.Year, r.Kind, r.Label, r.UsdPerBillion, r.Source, r.Status, r.Reproduced, r.NeededImagesPerSecond(price), cost is { } here ? r.TimesAbove(here) : null, cost is { } now ? r.TimesBelow(now) : null))],
            from.Id,
            [.. catalog.Trends.Select(trend => new TrendDocument(trend.Id, trend.Label, trend.HalvingMonths, TrendLine.At(trend, from, today), (double?)cost / TrendLine.At(trend, from, today)))],
            Measured(parts, archive),
            new TrainingDocument(cost is { } billion ? Math.Round(CostPerBillion.ImpliedTrainingUsd(billion), 2) : null, Estimate: true, "0.346 x USD per billion: 90 epochs x 1,281,167 images x about 3 forward passes", catalog.Training),
            catalog.Improvements));
    }

    private static MeasuredTrendDocument? Measured(MeterParts parts, RunArchive archive)
    {
        var runs = archive.List(MostRuns, before: null)
            .Where(run => run.Verdict == "VALID" && run.UsdPerBillionImages > 0 && run.Machine == parts.Machine && run.Model == parts.Model.Name && run.Scope == parts.Scope.Label())
            .Select(run => (run.StartedAt, (double)run.UsdPerBillionImages!.Value)).ToArray();
        return CostTrend.Of(runs) is { } trend
            ? new MeasuredTrendDocument(parts.Machine, trend.Runs, trend.From, trend.To, trend.HalvingMonths, trend.HalvingsPerMonth, trend.Low, trend.High, trend.Certain)
            : null;
    }
}
