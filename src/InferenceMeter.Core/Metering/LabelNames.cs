namespace InferenceMeter.Metering;

/// <summary>
/// The lower-case names that the enums have as metric labels and in JSON; constant strings, so nothing is allocated.
/// </summary>
public static class LabelNames
{
    /// <summary><c>source</c>, <c>decode</c>, <c>batch</c>, <c>infer</c>, <c>sink</c>.</summary>
    public static string Label(this Stage stage) =>
        stage switch
        {
            Stage.Source => "source",
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
