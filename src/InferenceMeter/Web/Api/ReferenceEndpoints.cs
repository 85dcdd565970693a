using System.Globalization;
using InferenceMeter.Composition;
using InferenceMeter.Documents;
using InferenceMeter.History;
using InferenceMeter.Metering;
using InferenceMeter.Pricing;
using InferenceMeter.Pricing.Book;
using InferenceMeter.Runs;
using Microsoft.AspNetCore.Http.HttpResults;

namespace InferenceMeter.Web.Api;

/// <summary><c>/api/v1/references</c>: the public record of this cost, from 2017.</summary>
internal static class ReferenceEndpoints
{
    /// <summary>The first public record of what a ResNet-50 costs.</summary>
    public const string DefaultAnchor = "dawnbench-2018-04-cpu";

    private const int MostRuns = 1000;

    private static readonly string[] Comparisons = ["like", "all"];

    public static void MapReferences(this IEndpointRouteBuilder api) =>
        api.MapGet("/references", Get)
            .WithName("GetReferences")
            .WithSummary(
                "Dated reference costs with their sources, the throughput that would reach each at the "
                    + "present price, and trend lines from an anchor (?anchor=ID) beside this machine's own. "
                    + "Compared is what has the same model and scope (?compare=all: everything); "
                    + "?reprice=ID:USD gives a reference at your price."
            );

    /// <summary>References that can start a trend line.</summary>
    public static IEnumerable<string> Anchors => ReferenceCatalog.Default.Priced.Select(reference => reference.Id);

    /// <summary>The reference at which trend lines start.</summary>
    /// <returns><see langword="null"/> when there is none of this id that has a cost.</returns>
    public static Reference? Anchor(string? id) =>
        ReferenceCatalog.Default.Priced.FirstOrDefault(reference => reference.Id == (id ?? DefaultAnchor));

    private static Results<Ok<ReferencesDocument>, ValidationProblem> Get(
        Meter meter,
        RunArchive archive,
        string? anchor,
        string? compare,
        string[]? reprice
    )
    {
        var wrong = new Dictionary<string, string[]>(StringComparer.Ordinal);
        if (Anchor(anchor) is not { } from)
            wrong["anchor"] = [$"one of {string.Join(", ", Anchors)}"];
        else if (!Comparisons.Contains(compare ?? "like", StringComparer.Ordinal))
            wrong["compare"] = [$"one of {string.Join(", ", Comparisons)}"];
        else if (Reprices(reprice ?? []) is not { } prices)
            wrong["reprice"] =
            [
                "ID:USD, such as mlperf-v5.0-h200:2.50: a reference with a throughput, and US dollars per hour above 0",
            ];
        else
            return TypedResults.Ok(Describe(meter, archive, from, compare == "all", prices));
        return TypedResults.ValidationProblem(wrong);
    }

    private static ReferencesDocument Describe(
        Meter meter,
        RunArchive archive,
        Reference anchor,
        bool all,
        IReadOnlyDictionary<string, decimal> prices
    )
    {
        var catalog = ReferenceCatalog.Default;
        // Without a model there is a figure of the meter's own machinery, which is the cost of no image.
        var runsModel = meter.Model.Weights != "none";
        var cost = runsModel
            ? CostReadings
                .From(meter.Throughput.Read(), meter.Prices, meter.Scope)
                .FirstOrDefault(c => c is { Basis: Basis.Wall, Window: MeasurementWindow.OneMinute })
                ?.UsdPerBillion
            : null;
        var machine = Machine(meter, cost);
        var today = TrendLine.DecimalYear(meter.Time.GetUtcNow());
        return new ReferencesDocument
        {
            UsdPerHour = meter.Prices.Current.UsdPerHour,
            UsdPerBillionImages = Rounded(cost),
            Scope = meter.Scope.Label(),
            ModelUsdPerBillionImages = machine.Costs.TryGetValue(Scope.Model, out var model)
                ? CostDocuments.Round(model)
                : null,
            Note = runsModel ? null : "no model is run (--session null): there is no cost of an image to compare",
            References =
            [
                .. catalog.References.Select(reference =>
                    Describe(reference, meter, machine, all ? cost : null, anchor, prices)
                ),
            ],
            Anchor = anchor.Id,
            Trends = [.. catalog.Trends.Select(trend => Describe(trend, anchor, today, cost))],
            Measured = Measured(meter, archive),
            Training = new TrainingDocument(
                cost is { } billion ? Math.Round(CostPerBillion.ImpliedTrainingUsd(billion), 2) : null,
                Estimate: true,
                "0.346 x USD per billion: 90 epochs x 1,281,167 images x about 3 forward passes",
                [.. catalog.Training.OrderBy(training => training.Year)]
            ),
            Improvements = catalog.Improvements,
            Claims = catalog.Claims,
        };
    }

    /// <summary>What runs here, with the cost of its own scope and, beside a pipeline, of the model alone.</summary>
    private static ComparedMachine Machine(Meter meter, decimal? cost)
    {
        var costs = new Dictionary<Scope, decimal>();
        if (cost is { } own)
        {
            costs[meter.Scope] = own;
            var bottleneck = meter.FindBottleneck(meter.Utilization.Read());
            var alone = BottleneckDocument.From(bottleneck, meter.Prices.Current)?.Model?.UsdPerBillionImages;
            if (alone is { } model)
                costs.TryAdd(Scope.Model, model);
        }

        return new ComparedMachine
        {
            Model = meter.Model.Name,
            Precision = meter.Model.Precision,
            Batch = meter.Engine.Configuration.BatchSize,
            Costs = costs,
        };
    }

    private static ReferenceDocument Describe(
        Reference reference,
        Meter meter,
        ComparedMachine machine,
        decimal? unlike,
        Reference anchor,
        IReadOnlyDictionary<string, decimal> prices
    )
    {
        var like = machine.CostLike(reference);
        var here = like ?? unlike;
        var differs = machine.Differences(reference, meter.Scope);
        return new ReferenceDocument
        {
            Id = reference.Id,
            Year = reference.Year,
            CostYear = Math.Round(reference.CostYear, 3),
            Kind = reference.Kind,
            Label = reference.Label,
            Model = reference.Model,
            Scope = reference.Scope,
            Batch = reference.Batch,
            Precision = reference.Precision,
            UsdPerBillionImages = Rounded(reference.UsdPerBillion),
            Low = Rounded(reference.UsdPerBillionLow),
            High = Rounded(reference.UsdPerBillionHigh),
            ImagesPerSecond = reference.Rate,
            Accelerators = reference.Accelerators,
            UsdPerHour = reference.UsdPerHour,
            Prices = reference.Prices,
            OnFile = OnFile(reference),
            Repriced = prices.TryGetValue(reference.Id, out var price)
                ? new RepricedDocument("the request", price, null, CostDocuments.Round(reference.At(price)!.Value))
                : null,
            Source = reference.Source,
            Log = reference.Log,
            Checked = reference.Checked,
            Status = reference.Status,
            Reproduced = reference.Reproduced,
            ImagesPerSecondNeeded = reference.NeededImagesPerSecond(meter.Prices.Current.PerHour),
            Comparable = like is not null,
            Differs = differs.Count > 0 ? differs : null,
            TimesAbove = here is { } above ? reference.TimesAbove(above) : null,
            TimesBelow = here is { } below ? reference.TimesBelow(below) : null,
            SinceAnchor = Decline.Between(anchor, reference),
        };
    }

    private static TrendDocument Describe(Trend trend, Reference anchor, double today, decimal? cost)
    {
        double? now = trend.Axis == Trend.Inference ? TrendLine.At(trend, anchor, today) : null;
        return new TrendDocument
        {
            Id = trend.Id,
            Label = trend.Label,
            HalvingMonths = trend.HalvingMonths,
            Axis = trend.Axis,
            Source = trend.Source,
            Date = trend.Date,
            Status = trend.Status,
            UsdPerBillionImagesToday = now,
            TimesAbove = (double?)cost / now,
        };
    }

    private static RepricedDocument[]? OnFile(Reference reference)
    {
        if (reference.Gpu is not { } gpu)
            return null;
        return
        [
            .. PriceBook
                .Shipped.Rows.Where(row => row.Gpu == gpu)
                .Select(row => (Row: row, PerGpu: row.PerHour.Usd / row.Gpus))
                .OrderBy(price => price.PerGpu)
                .Select(price => new RepricedDocument(
                    PriceBook.ToPrice(price.Row).Note!,
                    CostDocuments.Round(price.PerGpu),
                    price.Row.AsOf,
                    CostDocuments.Round(reference.At(price.PerGpu)!.Value)
                )),
        ];
    }

    /// <summary>Prices by the id of the reference; <see langword="null"/> when one of them is none.</summary>
    private static Dictionary<string, decimal>? Reprices(string[] given)
    {
        var prices = new Dictionary<string, decimal>(StringComparer.Ordinal);
        foreach (var text in given)
        {
            var colon = text.LastIndexOf(':');
            if (
                colon < 0
                || !decimal.TryParse(
                    text.AsSpan(colon + 1),
                    NumberStyles.AllowDecimalPoint,
                    CultureInfo.InvariantCulture,
                    out var usd
                )
            )
                return null;
            if (
                usd is <= 0 or > Price.MaxUsdPerHour
                || ReferenceCatalog.Default.Find(text[..colon])?.Rate is null
                || !prices.TryAdd(text[..colon], usd)
            )
                return null;
        }

        return prices;
    }

    private static MeasuredTrendDocument? Measured(Meter meter, RunArchive archive)
    {
        var runs = archive
            .List(MostRuns, before: null)
            .Where(run =>
                run.Verdict == Verdict.Valid
                && run.UsdPerBillionImages > 0
                && run.Machine == meter.Machine
                && run.Model == meter.Model.Name
                && run.Scope == meter.Scope.Label()
            )
            .ToArray();
        if (
            CostTrend.Of([.. runs.Select(run => (run.StartedAt, (double)run.UsdPerBillionImages!.Value))])
            is not { } trend
        )
            return null;
        // Cost is price over throughput, and a line through logarithms is the sum of the lines through its meter: only
        // with all of them.
        var atConstantPrice = runs.All(run => run.ImagesPerSecond > 0)
            ? CostTrend.Of([.. runs.Select(run => (run.StartedAt, 1 / run.ImagesPerSecond!.Value))])
            : null;
        return new MeasuredTrendDocument
        {
            Machine = meter.Machine,
            Runs = trend.Runs,
            From = trend.From,
            To = trend.To,
            HalvingMonths = trend.HalvingMonths,
            HalvingsPerMonth = trend.HalvingsPerMonth,
            Low = trend.Low,
            High = trend.High,
            Certain = trend.Certain,
            EfficiencyHalvingsPerMonth = atConstantPrice?.HalvingsPerMonth,
            PriceHalvingsPerMonth = trend.HalvingsPerMonth - atConstantPrice?.HalvingsPerMonth,
        };
    }

    private static decimal? Rounded(decimal? usd) => usd is { } known ? CostDocuments.Round(known) : null;
}
