using InferenceMeter.Metering;
using InferenceMeter.Pricing;

namespace InferenceMeter.Runs;

/// <summary>Everything that a finished run found.</summary>
internal sealed record RunReport
{
    /// <summary>Names the run; sorts by its start.</summary>
    public required string Id { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public required DateTimeOffset FinishedAt { get; init; }

    /// <summary>The facts.</summary>
    public required RunResult Result { get; init; }

    /// <summary>What they are worth.</summary>
    public required RunVerdict Verdict { get; init; }

    /// <summary>The meter at the end of the run.</summary>
    public required MeterReading Reading { get; init; }

    /// <summary>Cost on each basis, at the mean price since the run began.</summary>
    public required IReadOnlyList<CostReading> Costs { get; init; }

    /// <summary>Where the money went; <see langword="null"/> when nothing was measured.</summary>
    public required CostBreakdown? Breakdown { get; init; }

    /// <summary>From hardware counters; <see langword="null"/> where there are none.</summary>
    public required EnergyCost? Energy { get; init; }

    /// <summary>The stage that limited throughput; <see langword="null"/> when that is not known.</summary>
    public required Bottleneck? Bottleneck { get; init; }

    /// <summary>How busy the stages were; <see langword="null"/> when nothing was measured.</summary>
    public required StageUtilizationReading? Utilization { get; init; }

    /// <summary>One per device, and the CPU that decodes for GPUs.</summary>
    public required IReadOnlyList<DeviceRun> Devices { get; init; }
}
