namespace InferenceMeter.History;

/// <summary>Everything since the meter started, each figure only ever rising.</summary>
public sealed record LedgerTotals
{
    /// <summary>Images classified.</summary>
    public required long ImagesOk { get; init; }

    /// <summary>Images that could not be classified.</summary>
    public required long ImagesFailed { get; init; }

    /// <summary>Seconds of work on images.</summary>
    public required double BusySeconds { get; init; }

    /// <summary>US dollars paid for the machine.</summary>
    public required decimal SpentUsd { get; init; }

    /// <summary>Joules; <see langword="null"/> when no sensor tells now.</summary>
    public required double? EnergyJoules { get; init; }
}
