using InferenceMeter.Batching;
using InferenceMeter.Models;

namespace InferenceMeter.Inference.Cuda;

/// <summary>
/// Batches of noise, each picture of its own, that a classifier answers differently when they are dark and bright.
/// </summary>
internal static class TrialPictures
{
    /// <param name="images">In the batch.</param>
    /// <param name="model">Their size.</param>
    /// <param name="memory">Where they lie.</param>
    /// <param name="bright">Values of 128 to 255; else 0 to 127.</param>
    public static ImageBatch Create(int images, ModelDescription model, IPixelMemory memory, bool bright)
    {
        var batch = new ImageBatch(images, model.Height, model.Width, memory) { Count = images };
        var least = bright ? 128 : 0;
        for (var i = 0; i < images; i++)
        {
            // Seeded: each proof sees the same pictures.
            new Random((2 * i) + least).NextBytes(batch.Slot(i));
            foreach (ref var value in batch.Slot(i))
                value = (byte)((value / 2) + least);
        }

        return batch;
    }
}
