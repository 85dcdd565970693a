namespace InferenceMeter.Runs;

/// <summary>A run that is under way.</summary>
/// <param name="Id">Its name.</param>
/// <param name="StartedAt">When it began, warm-up included.</param>
/// <param name="Seconds">Length of the measured part that was asked for.</param>
/// <param name="MeasuredSeconds">So far; <see langword="null"/> during warm-up.</param>
internal sealed record RunningRun(string Id, DateTimeOffset StartedAt, int Seconds, double? MeasuredSeconds);
