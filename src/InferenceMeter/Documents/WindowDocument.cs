namespace InferenceMeter.Documents;

/// <summary>Throughput over one window.</summary>
internal sealed record WindowDocument(
    string Window,
    double WallSeconds,
    double BusySeconds,
    long Images,
    IntervalDocument? ImagesPerSecond
);
