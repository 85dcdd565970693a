using InferenceMeter.Models;
using Microsoft.ML.OnnxRuntime;

namespace InferenceMeter.Inference;

/// <summary>The bare loop on a CPU: <c>InferenceSession.Run</c> over buffers of the host.</summary>
public sealed class BareSessionLoop : IBareLoop
{
    private readonly InferenceSession _session;
    private readonly RunOptions _run = new() { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
    private readonly string[] _inputs;
    private readonly string[] _outputs;
    private readonly OrtValue[] _inputValues;
    private readonly OrtValue[] _outputValues;

    internal BareSessionLoop(InferenceSession session, ModelValues values, ModelDescription model, int batchSize)
    {
        _session = session;
        BatchSize = model.FixedBatch ?? batchSize;
        (_inputs, _outputs) = ([values.Pixels], [values.Probabilities, values.Classes, values.Scores]);
        Pixels = GC.AllocateArray<byte>(checked(BatchSize * model.Height * model.Width * 3), pinned: true);
        Scores = GC.AllocateArray<float>(checked(BatchSize * model.Classes), pinned: true);
        // Seeded: every run of a comparison sees the same pixels.
        new Random(1).NextBytes(Pixels);
        _inputValues = [OrtValue.CreateTensorValueFromMemory(Pixels, [BatchSize, model.Height, model.Width, 3])];
        Result = new BatchResult(BatchSize, model.Top);
        _outputValues =
        [
            OrtValue.CreateTensorValueFromMemory(Result.Probabilities, [BatchSize, model.Top]),
            OrtValue.CreateTensorValueFromMemory(Result.Classes, [BatchSize, model.Top]),
            OrtValue.CreateTensorValueFromMemory(Scores, [BatchSize, model.Classes]),
        ];
    }

    /// <inheritdoc/>
    public int BatchSize { get; }

    /// <summary>What is fed: uint8 [BatchSize, H, W, 3], noise at first.</summary>
    public byte[] Pixels { get; }

    /// <summary>What the model gave, before softmax and top classes: float [BatchSize, Classes].</summary>
    public float[] Scores { get; }

    /// <summary>The best classes.</summary>
    public BatchResult Result { get; }

    /// <inheritdoc/>
    public void RunOnce() => _session.Run(_run, _inputs, _inputValues, _outputs, _outputValues);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var value in _inputValues)
            value.Dispose();
        foreach (var value in _outputValues)
            value.Dispose();
        _run.Dispose();
        _session.Dispose();
    }
}
