namespace InferenceMeter.Inference;

/// <summary>The scores of one batch: float32 [Capacity, Classes]. Lives as long as the batch it answers; valid until that batch is run again.</summary>
public sealed class BatchResult
{
    private readonly float[] _scores;

    /// <summary>Allocates room for <paramref name="capacity"/> x <paramref name="classes"/> scores, pinned so that native code can write them.</summary>
    public BatchResult(int capacity, int classes)
    {
        (Capacity, Classes) = (capacity, classes);
        _scores = GC.AllocateArray<float>(checked(capacity * classes), pinned: true);
    }

    /// <summary>Most images it answers.</summary>
    public int Capacity { get; }

    /// <summary>Classes per image.</summary>
    public int Classes { get; }

    /// <summary>All scores, row-major [Capacity, Classes]; the array is pinned.</summary>
    public float[] Buffer => _scores;

    /// <summary>The scores (logits or probabilities, as the model gives them) of one image.</summary>
    public Span<float> Scores(int index) => _scores.AsSpan(index * Classes, Classes);
}
