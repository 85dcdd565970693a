namespace InferenceMeter.Inference;

/// <summary>How patiently a broken session is treated.</summary>
public sealed record ResilienceOptions
{
    /// <summary>
    /// A batch of which not one image could be run, also on a fresh session, opens the circuit when it is not the only
    /// batch within this time.
    /// </summary>
    public TimeSpan CircuitWindow { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Wait before the first repeated attempt; doubles each time.</summary>
    public TimeSpan FirstBackoff { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Longest wait between attempts.</summary>
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Attempts to open a fresh session before the batch that needed it is given up.</summary>
    public int ReopenAttempts { get; init; } = 3;
}
