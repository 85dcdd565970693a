using InferenceMeter.Metering;

namespace InferenceMeter.Documents;

/// <summary>The highest arrival rate at which a load test saw the bound kept.</summary>
/// <param name="ImagesPerSecond">Above 0.</param>
/// <param name="BoundSeconds">Of p99.</param>
/// <param name="P99Seconds">That was seen at that rate.</param>
internal sealed record SloRequest(double? ImagesPerSecond, double? BoundSeconds, double? P99Seconds);

/// <summary>The same, with when it was told.</summary>
internal sealed record SloDocument(double ImagesPerSecond, double BoundSeconds, double? P99Seconds, DateTimeOffset At)
{
    public static SloDocument From(SloResult slo) => new(slo.ImagesPerSecond, slo.BoundSeconds, slo.P99Seconds, slo.At);
}
