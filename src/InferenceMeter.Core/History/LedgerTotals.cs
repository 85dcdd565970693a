namespace InferenceMeter.History;

/// <summary>Everything since the meter started, each figure only ever rising.</summary>
/// <param name="ImagesOk">Images classified.</param>
/// <param name="ImagesFailed">Images that could not be classified.</param>
/// <param name="BusySeconds">Seconds of work on images.</param>
/// <param name="SpentUsd">US dollars paid for the machine.</param>
/// <param name="EnergyJoules">Joules; <see langword="null"/> when no sensor tells now.</param>
public sealed record LedgerTotals(
    long ImagesOk,
    long ImagesFailed,
    double BusySeconds,
    decimal SpentUsd,
    double? EnergyJoules
);
