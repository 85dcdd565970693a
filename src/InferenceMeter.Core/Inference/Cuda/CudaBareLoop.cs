namespace InferenceMeter.Inference.Cuda;

/// <summary>
/// Runs bound inputs and outputs that lie on the device: no decoding, no copy, no reading of answers.
/// </summary>
internal sealed class CudaBareLoop(CudaInferenceSession session, int batchSize) : IBareLoop
{
    /// <inheritdoc/>
    public int BatchSize { get; } = batchSize;

    /// <inheritdoc/>
    public void RunOnce() => session.RunOnDevice(BatchSize);

    /// <inheritdoc/>
    public void Dispose() => session.Dispose();
}
