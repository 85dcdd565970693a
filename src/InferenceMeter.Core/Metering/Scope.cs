namespace InferenceMeter.Metering;

/// <summary>What the measured work includes; the metric label <c>scope</c>.</summary>
public enum Scope
{
    /// <summary>Tensors already in memory, as MLPerf counts.</summary>
    Model,

    /// <summary>From encoded JPEG/PNG bytes.</summary>
    Pipeline,

    /// <summary>Over the network.</summary>
    Service,
}
