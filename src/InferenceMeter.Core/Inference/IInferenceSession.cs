using InferenceMeter.Batching;

namespace InferenceMeter.Inference;

/// <summary>One instance: a model ready to run on one device with its own threads. One caller at a time.</summary>
public interface IInferenceSession : IDisposable
{
    /// <summary>Classifies images 0 to <c>batch.Count - 1</c>.</summary>
    /// <param name="batch">Pixels <c>uint8 [Count, H, W, 3]</c>.</param>
    /// <returns>The best classes of those images; valid until the same batch is run again.</returns>
    /// <exception cref="InferenceException">The batch could not be run.</exception>
    BatchResult Run(ImageBatch batch);
}
