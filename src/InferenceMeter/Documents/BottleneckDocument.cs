namespace InferenceMeter.Documents;

/// <summary>Which stage limits throughput, and what removing that limit would be worth.</summary>
/// <param name="Model">The engine by itself beside the pipeline: measured at the start, or estimated from the stages' times.</param>
internal sealed record BottleneckDocument(
    string Stage,
    double BusyShare,
    RateDocument? WithoutIt,
    RateDocument? Model,
    string? ModelFrom
);

/// <summary>A throughput and what it would cost.</summary>
internal sealed record RateDocument(double ImagesPerSecond, decimal? UsdPerBillionImages);
