namespace InferenceMeter.Telemetry;

/// <summary>The labels that every instrument carries.</summary>
/// <param name="Devices">
/// What images are run on, in the order of their indices in <see cref="Metering.WorkCounters"/>; at least one.
/// </param>
/// <param name="Model">Short model name.</param>
/// <param name="Precision"><c>fp32</c>, <c>tf32</c>, <c>fp16</c>, <c>int8</c>.</param>
public sealed record MetricLabels(IReadOnlyList<DeviceLabels> Devices, string Model, string Precision)
{
    /// <summary>Of what belongs to no single device: that one's own when there is only one, else <c>all</c>.</summary>
    public DeviceLabels Whole => Devices.Count == 1 ? Devices[0] : new("all", Provider);

    private string Provider =>
        Devices.All(device => device.Provider == Devices[0].Provider) ? Devices[0].Provider : "mixed";
}

/// <summary>Labels of one device.</summary>
/// <param name="Device"><c>cpu</c>, <c>cuda:0</c>, ...</param>
/// <param name="Provider">ONNX Runtime execution provider.</param>
public readonly record struct DeviceLabels(string Device, string Provider);
