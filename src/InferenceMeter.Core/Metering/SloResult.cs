namespace InferenceMeter.Metering;

/// <summary>The highest arrival rate that kept p99 latency within a bound, as a load test found it.</summary>
/// <param name="ImagesPerSecond">Images per second.</param>
/// <param name="BoundSeconds">The bound on p99 latency.</param>
/// <param name="P99Seconds">What p99 latency was at that rate, where it is known.</param>
/// <param name="At">When it was found.</param>
internal sealed record SloResult(double ImagesPerSecond, double BoundSeconds, double? P99Seconds, DateTimeOffset At);
