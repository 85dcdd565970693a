namespace InferenceMeter.Metering;

/// <summary>The time over which throughput and cost are told.</summary>
public enum MeasurementWindow
{
    /// <summary>The last 10 s.</summary>
    TenSeconds,

    /// <summary>The last minute.</summary>
    OneMinute,

    /// <summary>The last 5 minutes.</summary>
    FiveMinutes,

    /// <summary>Since throughput was first steady.</summary>
    SinceStart,
}
