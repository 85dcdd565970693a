namespace InferenceMeter.Metering;

/// <summary>The five stages that an image passes, in order; the metric label <c>stage</c>.</summary>
public enum Stage
{
    /// <summary>Where the encoded bytes come from.</summary>
    Source,

    /// <summary>Bytes to pixels.</summary>
    Decode,

    /// <summary>Pixels to full batches.</summary>
    Batch,

    /// <summary>The model runs.</summary>
    Infer,

    /// <summary>Answers are counted and handed back.</summary>
    Sink,
}
