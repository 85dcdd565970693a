namespace InferenceMeter.Inference;

/// <summary>
/// The best classes of each image of one batch, best first. Lives as long as the batch it answers; valid until that
/// batch is run again.
/// </summary>
public sealed class BatchResult
{
    /// <summary>
    /// Allocates room for <paramref name="capacity"/> x <paramref name="top"/> classes, pinned so that native code can
    /// write them.
    /// </summary>
    public BatchResult(int capacity, int top)
    {
        (Capacity, Top) = (capacity, top);
        Probabilities = GC.AllocateArray<float>(checked(capacity * top), pinned: true);
        Classes = GC.AllocateArray<long>(checked(capacity * top), pinned: true);
    }

    /// <summary>Most images it answers.</summary>
    public int Capacity { get; }

    /// <summary>Classes an image.</summary>
    public int Top { get; }

    /// <summary>float [Capacity, Top]; the array is pinned.</summary>
    public float[] Probabilities { get; }

    /// <summary>int64 [Capacity, Top], class indices; the array is pinned.</summary>
    public long[] Classes { get; }

    /// <summary>
    /// float [Capacity, classes], as the model gives them; the array is pinned, and <see langword="null"/> until a
    /// batch was run whose scores were wanted.
    /// </summary>
    public float[]? Scores { get; private set; }

    /// <summary>Makes room for the scores of all classes, once.</summary>
    /// <param name="classes">Of the model; the same at each call.</param>
    public float[] AllocateScores(int classes) =>
        Scores ??= GC.AllocateArray<float>(checked(Capacity * classes), pinned: true);

    /// <summary>The scores of one image; empty when they were never wanted.</summary>
    /// <param name="index">Its slot.</param>
    public ReadOnlySpan<float> ScoresOf(int index)
    {
        if (Scores is null)
            return default;
        var classes = Scores.Length / Capacity;
        return Scores.AsSpan(index * classes, classes);
    }

    /// <summary>The answer for one image.</summary>
    /// <param name="index">Its slot.</param>
    /// <param name="top">Receives up to <see cref="Top"/> classes.</param>
    /// <returns>How many; 0 when a probability is not a number, and then there is no answer for this image.</returns>
    public int Read(int index, Span<ScoredClass> top)
    {
        var count = Math.Min(top.Length, Top);
        for (var rank = 0; rank < count; rank++)
        {
            var at = (index * Top) + rank;
            if (!float.IsFinite(Probabilities[at]))
                return 0;
            top[rank] = new ScoredClass((int)Classes[at], Probabilities[at]);
        }

        return count;
    }

    /// <summary>Takes over the answers for some images.</summary>
    /// <param name="source">Of the same model.</param>
    /// <param name="first">Slot here of the first one.</param>
    /// <param name="count">How many, from slot 0 there.</param>
    public void CopyFrom(BatchResult source, int first, int count)
    {
        ArgumentNullException.ThrowIfNull(source);
        source.Probabilities.AsSpan(0, count * Top).CopyTo(Probabilities.AsSpan(first * Top));
        source.Classes.AsSpan(0, count * Top).CopyTo(Classes.AsSpan(first * Top));
        if (source.Scores is null)
            return;
        var classes = source.Scores.Length / source.Capacity;
        source.Scores.AsSpan(0, count * classes).CopyTo(AllocateScores(classes).AsSpan(first * classes));
    }
}
