namespace InferenceMeter.Telemetry;

/// <summary>Reads the CPU.</summary>
public sealed class CpuDeviceSensor : IDeviceSensor
{
    public CpuDeviceSensor(TimeProvider time, string root = "/") => (_, _) = (time, root);

    /// <inheritdoc/>
    public DeviceReading Read() => new();
}
