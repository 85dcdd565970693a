namespace InferenceMeter.Telemetry;

/// <summary>The labels that every instrument carries.</summary>
/// <param name="Device"><c>cpu</c>, <c>cuda:0</c>, ...</param>
/// <param name="Provider">ONNX Runtime execution provider.</param>
/// <param name="Model">Short model name.</param>
/// <param name="Precision"><c>fp32</c>, <c>fp16</c>, <c>int8</c>.</param>
public sealed record MetricLabels(string Device, string Provider, string Model, string Precision);
