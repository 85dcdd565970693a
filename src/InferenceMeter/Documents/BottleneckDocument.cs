using InferenceMeter.Metering;
using InferenceMeter.Pricing;

namespace InferenceMeter.Documents;

/// <summary>Which stage limits throughput, and what removing that limit would be worth.</summary>
internal sealed record BottleneckDocument
{
    public required string Stage { get; init; }

    public required double BusyShare { get; init; }

    public required RateDocument? WithoutIt { get; init; }

    /// <summary>
    /// The engine by itself beside the pipeline: measured at the start, or estimated from the stages' times.
    /// </summary>
    public required RateDocument? Model { get; init; }

    public required string? ModelFrom { get; init; }

    /// <param name="limit">What was found; <see langword="null"/> while that is not known.</param>
    /// <param name="price">At which the rates are priced.</param>
    public static BottleneckDocument? From(Bottleneck? limit, Price price)
    {
        if (limit is null)
            return null;
        var modelFrom = limit.ModelMeasured ? "measured" : "estimated";
        return new BottleneckDocument
        {
            Stage = limit.Stage.Label(),
            BusyShare = limit.BusyShare,
            WithoutIt = RateDocument.From(limit.WithoutItImagesPerSecond, price),
            Model = RateDocument.From(limit.ModelImagesPerSecond, price),
            ModelFrom = limit.ModelImagesPerSecond is null ? null : modelFrom,
        };
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
