namespace InferenceMeter.Metering;

public sealed class ThroughputMeter(TimeProvider time, MeterOptions options)
{
    private readonly long _startedAt = time.GetTimestamp();

    public void BatchStarted() { }

    public void BatchFinished(int imagesOk) { }

    public MeterReading Read()
    {
        _ = options;
        return new() { At = time.GetTimestamp(), State = MeasurementState.Warming, StartedAt = _startedAt, TotalImages = 0, TotalBatches = 0, TotalWallSeconds = 0, TotalBusySeconds = 0, InFlight = 0 };
    }
}
