using System.Runtime.CompilerServices;
using InferenceMeter.Batching;
using InferenceMeter.Models;
using Microsoft.ML.OnnxRuntime;

namespace InferenceMeter.Inference;

/// <summary>
/// One instance. Batches are pooled, so each is bound once for each number of images in it; then a run allocates
/// nothing.
/// </summary>
internal sealed class OnnxInferenceSession(InferenceSession session, ModelValues names, ModelDescription model)
    : IInferenceSession
{
    // Weak keys: a batch that its pool drops takes its bindings along.
    private readonly ConditionalWeakTable<ImageBatch, BatchBindings> _bindings = [];
    private readonly RunOptions _run = new() { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };

    /// <inheritdoc/>
    public BatchResult Run(ImageBatch batch)
    {
        try
        {
            if (!_bindings.TryGetValue(batch, out var bindings))
            {
                bindings = new BatchBindings(session, names, model, batch);
                _bindings.Add(batch, bindings);
            }

            session.RunWithBinding(_run, bindings.For(batch.Count, batch.WantsScores));
            return bindings.Result;
        }
        catch (OnnxRuntimeException e)
        {
            throw new InferenceException($"{model.Name}: a batch of {batch.Count} failed: {OrtRuntime.OneLine(e)}", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, bindings) in _bindings)
            bindings.Dispose();
        _bindings.Clear();
        _run.Dispose();
        session.Dispose();
    }
}
