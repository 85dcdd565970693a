using System.Runtime.CompilerServices;
using InferenceMeter.Batching;

namespace InferenceMeter.Inference;

/// <summary>
/// Does no arithmetic, so that what remains is the cost of everything around a session. Slot i of a batch is always of
/// class i (modulo the classes), with probability 1.
/// </summary>
internal sealed class NullInferenceSession(int classes) : IInferenceSession
{
    private readonly ConditionalWeakTable<ImageBatch, BatchResult> _results = [];

    /// <inheritdoc/>
    public BatchResult Run(ImageBatch batch)
    {
        if (_results.TryGetValue(batch, out var result)) return result;
        result = new BatchResult(batch.Capacity, classes);
        for (var i = 0; i < batch.Capacity; i++) result.Scores(i)[i % classes] = 1;
        _results.Add(batch, result);
        return result;
    }

    /// <inheritdoc/>
    public void Dispose() => _results.Clear();
}
