namespace InferenceMeter.History;

/// <summary>What a machine did and cost within one UTC hour; also a part of it that is still to be added.</summary>
public sealed record HourRecord
{
    /// <summary>Start of the hour, UTC.</summary>
    public required DateTimeOffset Hour { get; init; }

    /// <summary>Which machine.</summary>
    public required string Machine { get; init; }

    /// <summary>
    /// Seconds that the meter ran within this hour. More than 3600 when the clock was set back over it.
    /// </summary>
    public double WallSeconds { get; init; }

    /// <summary>Seconds of these that the machine worked on images.</summary>
    public double BusySeconds { get; init; }

    /// <summary>Images classified.</summary>
    public long ImagesOk { get; init; }

    /// <summary>Images that could not be classified.</summary>
    public long ImagesFailed { get; init; }

    /// <summary>US dollars paid for the machine, working or not.</summary>
    public decimal SpentUsd { get; init; }

    /// <summary>
    /// Joules, over the parts of the hour for which a sensor told; <see langword="null"/> when none did.
    /// </summary>
    public double? EnergyJoules { get; init; }
}
