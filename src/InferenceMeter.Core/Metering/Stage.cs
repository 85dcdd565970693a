namespace InferenceMeter.Metering;

/// <summary>The six stages that an image passes, in order; the metric label <c>stage</c>.</summary>
public enum Stage
{
    /// <summary>Which image is next.</summary>
    Source,

    /// <summary>Waiting for encoded bytes from a disk or a store; while others are ready nobody waits.</summary>
    Fetch,

    /// <summary>Bytes to pixels.</summary>
    Decode,

    /// <summary>Pixels to full batches.</summary>
    Batch,

    /// <summary>The model runs.</summary>
    Infer,

    /// <summary>Answers are counted and handed back.</summary>
    Sink,
}
