namespace InferenceMeter.Metering;

/// <summary>What a reading is worth; only <see cref="Steady"/> readings are results.</summary>
public enum MeasurementState
{
    /// <summary>Throughput has not settled yet.</summary>
    Warming,

    /// <summary>Throughput has settled and its interval is narrow enough to be quoted.</summary>
    Steady,

    /// <summary>It had settled, or should have, and does not hold; the reason is given.</summary>
    Unstable,

    /// <summary>Nothing is in flight and nothing has completed for a while.</summary>
    Idle,
}
