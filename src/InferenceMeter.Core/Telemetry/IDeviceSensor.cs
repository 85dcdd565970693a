namespace InferenceMeter.Telemetry;

/// <summary>Reads one device. What a sensor cannot read is <see langword="null"/>, never a guess.</summary>
public interface IDeviceSensor
{
    /// <summary>Reads now. Thread-safe; never throws.</summary>
    DeviceReading Read();
}
