using System.Diagnostics.Metrics;
using InferenceMeter.Metering;

namespace InferenceMeter.Telemetry;

/// <summary>The only holder of instruments.</summary>
public sealed class InferenceMetrics : IDisposable
{
    /// <summary>Name of the meter that exporters subscribe to.</summary>
    public const string MeterName = "InferenceMeter";

    private readonly Meter _meter;

    public InferenceMetrics(IMeterFactory factory, MetricLabels labels, MetricSources sources)
    {
        (_, _) = (labels, sources);
        _meter = factory.Create(MeterName);
    }

    public void BatchRan(double seconds, int images) { }

    public void RequestAnswered(Scope scope, double seconds, int count = 1) { }

    public void Dispose() => _meter.Dispose();
}
