namespace InferenceMeter.Metering;

/// <summary>What time is paid for; the metric label <c>basis</c>.</summary>
public enum Basis
{
    /// <summary>All of it, idle included: it adds up to the bill.</summary>
    Wall,

    /// <summary>Only while at least one batch is executing: the marginal cost.</summary>
    Busy,

    /// <summary>At the best steady throughput measured here.</summary>
    Capacity,

    /// <summary>At the highest arrival rate that keeps p99 latency within the bound.</summary>
    Slo,
}
