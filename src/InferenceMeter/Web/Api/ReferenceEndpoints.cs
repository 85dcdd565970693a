using InferenceMeter.Composition;
using InferenceMeter.Documents;
using InferenceMeter.History;
using InferenceMeter.Metering;
using InferenceMeter.Pricing;
using InferenceMeter.Runs;
using Microsoft.AspNetCore.Http.HttpResults;

namespace InferenceMeter.Web.Api;

/// <summary><c>/api/v1/references</c>: the public record of this cost, from 2017.</summary>
internal static class ReferenceEndpoints
{
    /// <summary>The first public record of this cost.</summary>
    public const string DefaultAnchor = "dawnbench-2017-11-k80";

    private const int MostRuns = 1000;

    public static void MapReferences(this IEndpointRouteBuilder api) =>
        api.MapGet("/references", Get)
            .WithName("GetReferences")
            .WithSummary(
                "Dated reference costs with their sources, the throughput that would reach each at the present price, and trend lines from an anchor (?anchor=ID) beside this machine's own."
            );

    private static Results<Ok<ReferencesDocument>, ValidationProblem> Get(
        Meter meter,
        RunArchive archive,
        string? anchor
    )
    {
        var catalog = ReferenceCatalog.Default;
        if (catalog.Find(anchor ?? DefaultAnchor) is not { } from)
            return TypedResults.ValidationProblem(
                new Dictionary<string, string[]>(StringComparer.Ordinal)
                {
                    ["anchor"] = [$"one of {string.Join(", ", catalog.References.Select(reference => reference.Id))}"],
                }
            );
        var price = meter.Prices.Current.PerHour;
        var cost = CostReadings
            .From(meter.Throughput.Read(), meter.Prices, meter.Scope)
            .FirstOrDefault(c => c is { Basis: Basis.Wall, Window: "1m" })
            ?.UsdPerBillion;
        var today = TrendLine.DecimalYear(meter.Time.GetUtcNow());
        return TypedResults.Ok(
            new ReferencesDocument(
                price.Usd,
                cost is { } usd ? CostDocuments.Round(usd) : null,
                [
                    .. catalog.References.Select(r => new ReferenceDocument(
                        r.Id,
                        r.Year,
                        r.Kind,
                        r.Label,
                        r.UsdPerBillion,
                        r.Source,
                        r.Status,
                        r.Reproduced,
                        r.NeededImagesPerSecond(price),
                        cost is { } here ? r.TimesAbove(here) : null,
                        cost is { } now ? r.TimesBelow(now) : null
                    )),
                ],
                from.Id,
                [
                    .. catalog.Trends.Select(trend => new TrendDocument(
                        trend.Id,
                        trend.Label,
                        trend.HalvingMonths,
                        TrendLine.At(trend, from, today),
                        (double?)cost / TrendLine.At(trend, from, today)
                    )),
                ],
                Measured(meter, archive),
                new TrainingDocument(
                    cost is { } billion ? Math.Round(CostPerBillion.ImpliedTrainingUsd(billion), 2) : null,
                    Estimate: true,
                    "0.346 x USD per billion: 90 epochs x 1,281,167 images x about 3 forward passes",
                    catalog.Training
                ),
                catalog.Improvements
            )
        );
    }

    private static MeasuredTrendDocument? Measured(Meter meter, RunArchive archive)
    {
        var runs = archive
            .List(MostRuns, before: null)
            .Where(run =>
                run.Verdict == "VALID"
                && run.UsdPerBillionImages > 0
                && run.Machine == meter.Machine
                && run.Model == meter.Model.Name
                && run.Scope == meter.Scope.Label()
            )
            .Select(run => (run.StartedAt, (double)run.UsdPerBillionImages!.Value))
            .ToArray();
        return CostTrend.Of(runs) is { } trend
            ? new MeasuredTrendDocument(
                meter.Machine,
                trend.Runs,
                trend.From,
                trend.To,
                trend.HalvingMonths,
                trend.HalvingsPerMonth,
                trend.Low,
                trend.High,
                trend.Certain
            )
            : null;
    }
}
