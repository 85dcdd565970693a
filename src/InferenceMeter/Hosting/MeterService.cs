using InferenceMeter.Api;

namespace InferenceMeter.Hosting;

/// <summary>The running meter as the API sees it.</summary>
internal sealed class MeterService(MeterParts parts)
{
    public MeterParts Parts { get; } = parts;

    public TimeProvider Time => Parts.Time;

    /// <summary>Why no work gets done; <see langword="null"/> when it does.</summary>
    public string? Broken => Parts.Pipeline?.Health.Broken;

    /// <summary>Why it is not ready to be believed; <see langword="null"/> when it is.</summary>
    public string? NotReady =>
        Broken is { } reason ? $"inference is broken: {reason}"
        // Without a load of its own it has nothing to run before somebody asks.
        : Parts.Settings.Requests.Background != "off" && Parts.Counters.Snapshot().Batches == 0
            ? "no batch has been run yet"
        : Parts.Pipeline is null ? "the meter is starting"
        : null;

    public ReadingDocument Read() => ReadingDocument.From(Parts);
}
