namespace InferenceMeter.Metering;

/// <summary>
/// The names that the enums have as metric labels and in JSON; constant strings, so nothing is allocated.
/// </summary>
public static class LabelNames
{
    /// <summary><c>source</c>, <c>fetch</c>, <c>decode</c>, <c>batch</c>, <c>infer</c>, <c>sink</c>.</summary>
    public static string Label(this Stage stage) =>
        stage switch
        {
            Stage.Source => "source",
            Stage.Fetch => "fetch",
            Stage.Decode => "decode",
            Stage.Batch => "batch",
            Stage.Infer => "infer",
            Stage.Sink => "sink",
            _ => throw new ArgumentOutOfRangeException(nameof(stage), stage, null),
        };

    /// <summary><c>warming</c>, <c>steady</c>, <c>unstable</c>, <c>idle</c>.</summary>
    public static string Label(this MeasurementState state) =>
        state switch
        {
            MeasurementState.Warming => "warming",
            MeasurementState.Steady => "steady",
            MeasurementState.Unstable => "unstable",
            MeasurementState.Idle => "idle",
            _ => throw new ArgumentOutOfRangeException(nameof(state), state, null),
        };

    /// <summary><c>model</c>, <c>pipeline</c>, <c>service</c>.</summary>
    public static string Label(this Scope scope) =>
        scope switch
        {
            Scope.Model => "model",
            Scope.Pipeline => "pipeline",
            Scope.Service => "service",
            _ => throw new ArgumentOutOfRangeException(nameof(scope), scope, null),
        };

    /// <summary><c>VALID</c>, <c>INVALID</c>, <c>CANCELLED</c>.</summary>
    public static string Label(this Verdict verdict) =>
        verdict switch
        {
            Verdict.Valid => "VALID",
            Verdict.Invalid => "INVALID",
            Verdict.Cancelled => "CANCELLED",
            _ => throw new ArgumentOutOfRangeException(nameof(verdict), verdict, null),
        };

    /// <summary>Reads the label of a verdict; <see langword="null"/> for any other text.</summary>
    public static Verdict? ToVerdict(string label) =>
        Enum.GetValues<Verdict>().Cast<Verdict?>().FirstOrDefault(verdict => verdict!.Value.Label() == label);

    /// <summary><c>10s</c>, <c>1m</c>, <c>5m</c>, <c>start</c>.</summary>
    public static string Label(this MeasurementWindow window) =>
        window switch
        {
            MeasurementWindow.TenSeconds => "10s",
            MeasurementWindow.OneMinute => "1m",
            MeasurementWindow.FiveMinutes => "5m",
            MeasurementWindow.SinceStart => "start",
            _ => throw new ArgumentOutOfRangeException(nameof(window), window, null),
        };

    /// <summary><c>wall</c>, <c>busy</c>, <c>capacity</c>, <c>slo</c>.</summary>
    public static string Label(this Basis basis) =>
        basis switch
        {
            Basis.Wall => "wall",
            Basis.Busy => "busy",
            Basis.Capacity => "capacity",
            Basis.Slo => "slo",
            _ => throw new ArgumentOutOfRangeException(nameof(basis), basis, null),
        };
}
