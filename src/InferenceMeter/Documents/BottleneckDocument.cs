using InferenceMeter.Composition;
using InferenceMeter.Inference;
using InferenceMeter.Metering;
using InferenceMeter.Pricing;
using InferenceMeter.Runs;
using InferenceMeter.Telemetry;

namespace InferenceMeter.Documents;

/// <summary>Which stage limits throughput, and what removing that limit would be worth.</summary>
/// <param name="Model">The engine by itself beside the pipeline: measured at the start, or estimated from the stages' times.</param>
internal sealed record BottleneckDocument(
    string Stage,
    double BusyShare,
    RateDocument? WithoutIt,
    RateDocument? Model,
    string? ModelFrom
)
{
    /// <param name="limit">What was found; <see langword="null"/> while that is not known.</param>
    /// <param name="price">At which the rates are priced.</param>
    public static BottleneckDocument? From(Bottleneck? limit, Price price)
    {
        if (limit is null)
            return null;
        var modelFrom = limit.ModelMeasured ? "measured" : "estimated";
        return new BottleneckDocument(
            limit.Stage.Label(),
            limit.BusyShare,
            RateDocument.From(limit.WithoutItImagesPerSecond, price),
            RateDocument.From(limit.ModelImagesPerSecond, price),
            limit.ModelImagesPerSecond is null ? null : modelFrom
        );
    }
}

/// <summary>A throughput and what it would cost.</summary>
internal sealed record RateDocument(double ImagesPerSecond, decimal? UsdPerBillionImages)
{
    public static RateDocument? From(double? imagesPerSecond, Price price)
    {
        if (imagesPerSecond is not { } rate || !double.IsFinite(rate))
            return null;
        var usd = CostPerBillion.Compute(price.PerWorkingHour, rate);
        return new RateDocument(rate, usd is { } known ? CostDocuments.Round(known) : null);
    }
}
