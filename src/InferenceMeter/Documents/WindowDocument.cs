using InferenceMeter.Metering;

namespace InferenceMeter.Documents;

/// <summary>Throughput over one window.</summary>
internal sealed record WindowDocument
{
    public required string Window { get; init; }

    public required double WallSeconds { get; init; }

    public required double BusySeconds { get; init; }

    public required long Images { get; init; }

    public required IntervalDocument? ImagesPerSecond { get; init; }

    public static WindowDocument From(WindowReading window) =>
        new WindowDocument
        {
            Window = window.Window.Label(),
            WallSeconds = window.WallSeconds,
            BusySeconds = window.BusySeconds,
            Images = window.Images,
            ImagesPerSecond = IntervalDocument.From(window.ImagesPerSecond),
        };
}
