using InferenceMeter.Metering;

namespace InferenceMeter.Runs;

/// <summary>How far a run is.</summary>
/// <param name="MeasuredSeconds">Length of the measured part so far; <see langword="null"/> during warm-up.</param>
/// <param name="Reading">The meter's latest reading.</param>
internal sealed record RunProgress(double? MeasuredSeconds, MeterReading Reading);
