using InferenceMeter.Composition;
using InferenceMeter.Inference;
using InferenceMeter.Metering;
using InferenceMeter.Pricing;
using InferenceMeter.Runs;
using InferenceMeter.Telemetry;

namespace InferenceMeter.Documents;

/// <summary>Throughput over one window.</summary>
internal sealed record WindowDocument(
    string Window,
    double WallSeconds,
    double BusySeconds,
    long Images,
    IntervalDocument? ImagesPerSecond
)
{
    public static WindowDocument From(WindowReading window) =>
        new(
            window.Name,
            window.WallSeconds,
            window.BusySeconds,
            window.Images,
            IntervalDocument.From(window.ImagesPerSecond)
        );
}
