using InferenceMeter.Composition;

namespace InferenceMeter.Web.Health;

/// <summary>Whether the meter works, and whether its figures may be trusted.</summary>
internal sealed class MeterReadiness(Meter meter)
{
    /// <summary>Why inference does not work; <see langword="null"/> when it does.</summary>
    public string? Broken => meter.Pipeline?.Health.Broken;

    /// <summary>Why it is not ready; <see langword="null"/> when it is.</summary>
    public string? NotReady
    {
        get
        {
            if (Broken is { } reason)
                return $"inference is broken: {reason}";
            if (meter.Source.Trouble is { } trouble)
                return trouble;
            // Without a load of its own it has nothing to run before a client asks.
            if (meter.HasOwnLoad && meter.Counters.Snapshot().Batches == 0)
                return "no batch has been run yet";
            return meter.Pipeline is null ? "the meter is starting" : null;
        }
    }
}
