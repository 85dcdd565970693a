namespace InferenceMeter.Inference;

/// <summary>How the model is run.</summary>
public sealed record InferenceOptions
{
    /// <summary>Sessions running side by side.</summary>
    public int Instances { get; init; } = 1;

    /// <summary>Threads inside one session.</summary>
    public int IntraOpThreads { get; init; } = 1;

    /// <summary>Images in a full batch.</summary>
    public int BatchSize { get; init; } = 1;

    /// <summary>
    /// Let the threads of a session spin for the next operator instead of sleeping; has no effect with one thread. Off,
    /// because spinning takes time from the decoders and gained nothing measurable for ResNet-50.
    /// </summary>
    public bool AllowSpinning { get; init; }
}
