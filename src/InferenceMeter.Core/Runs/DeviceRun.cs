using InferenceMeter.Inference;
using InferenceMeter.Telemetry;

namespace InferenceMeter.Runs;

/// <summary>What one device did and showed over the measured part of a run.</summary>
internal sealed record DeviceRun
{
    public required DeviceLabels Labels { get; init; }

    /// <summary>What the session says of it; <see langword="null"/> for a CPU that only decodes.</summary>
    public required DeviceFacts? Facts { get; init; }

    /// <summary>The last reading of its sensor.</summary>
    public required DeviceReading Reading { get; init; }

    /// <summary>Means and extremes over the run.</summary>
    public required DeviceSpan Span { get; init; }

    /// <summary>Images that it classified.</summary>
    public required long Images { get; init; }

    /// <summary>
    /// Images of the run per joule at the mean power; <see langword="null"/> where no counter can be read.
    /// </summary>
    public required double? ImagesPerJoule { get; init; }
}
