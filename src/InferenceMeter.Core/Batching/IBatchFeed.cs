using System.Threading.Channels;

namespace InferenceMeter.Batching;

/// <summary>Where the engine takes its batches from, and gives them back to.</summary>
public interface IBatchFeed : IDisposable
{
    /// <summary>Batches ready to run; completes after the last one.</summary>
    ChannelReader<ImageBatch> Ready { get; }

    /// <summary>
    /// Told by an instance that finds no ready batch: what somebody waits for need not wait for company then.
    /// </summary>
    /// <param name="waits">It begins to wait, or it has ended to.</param>
    void Idle(bool waits);

    /// <summary>Hands a ready batch out again: who took it could not run it.</summary>
    /// <returns>
    /// <see langword="false"/> when nobody takes batches any more; the batch is still the caller's then.
    /// </returns>
    bool Requeue(ImageBatch batch);

    /// <summary>
    /// From now on no full batch holds more than this many images, at least 1. A limit is never raised.
    /// </summary>
    void Limit(int images);

    /// <summary>Gives a batch back after its results were used.</summary>
    void Return(ImageBatch batch);
}
