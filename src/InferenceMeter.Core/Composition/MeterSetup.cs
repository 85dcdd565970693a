using InferenceMeter.Pipeline;

namespace InferenceMeter.Composition;

/// <summary>What a meter is made of. Nothing in it is opened yet: that is <see cref="MeterBuilder"/>'s to do.</summary>
internal sealed record MeterSetup : PipelineSetup
{
    /// <summary>
    /// Images of client requests in the meter at once; <see langword="null"/>: four full batches per instance.
    /// </summary>
    public int? MaxRequestImages { get; init; }

    /// <summary>The price of the machine.</summary>
    public required MachineCostOptions Cost { get; init; }

    /// <summary>SQLite file of runs and hours; <see langword="null"/>: none is kept.</summary>
    public string? HistoryFile { get; init; }
}
