using InferenceMeter.Hosting;
using InferenceMeter.Pricing;

namespace InferenceMeter.Api;

/// <summary>A dated reference line, and what it would take here.</summary>
/// <param name="ImagesPerSecondNeeded">Throughput that reaches it at the present price.</param>
/// <param name="TimesAbove">How many times this machine's wall cost (1m window) is above it; absent when there is no steady reading.</param>
internal sealed record ReferenceDocument(
    string Id, double Year, string Kind, string Label, decimal UsdPerBillionImages, string Source, string? Status, bool Reproduced, double? ImagesPerSecondNeeded, double? TimesAbove);

/// <summary>All of them, with the present price.</summary>
internal sealed record ReferencesDocument(decimal UsdPerHour, IReadOnlyList<ReferenceDocument> References, IReadOnlyList<Trend> Trends);

/// <summary><c>/api/v1/references</c>: the public record of this cost, from 2017.</summary>
internal static class ReferenceEndpoints
{
    public static void MapReferences(this IEndpointRouteBuilder api) =>
        api.MapGet("/references", (MeterService meter) => TypedResults.Ok(Describe(meter.Parts)))
            .WithName("GetReferences").WithSummary("Dated reference costs with their sources, and the throughput that would reach each at the present price.");

    private static ReferencesDocument Describe(MeterParts parts)
    {
        var price = parts.Prices.Current.PerHour;
        var cost = CostReadings.From(parts.Meter.Read(), parts.Prices, parts.Scope).FirstOrDefault(c => c is { Basis: Metering.Basis.Wall, Window: "1m" });
        return new ReferencesDocument(
            price.Usd,
            [.. ReferenceCatalog.Default.References.Select(r => new ReferenceDocument(
                r.Id, r.Year, r.Kind, r.Label, r.UsdPerBillion, r.Source, r.Status, r.Reproduced, r.NeededImagesPerSecond(price), cost is null ? null : r.TimesAbove(cost.UsdPerBillion)))],
            ReferenceCatalog.Default.Trends);
    }
}
