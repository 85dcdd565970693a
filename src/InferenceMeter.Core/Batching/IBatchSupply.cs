using System.Threading.Channels;

namespace InferenceMeter.Batching;

/// <summary>Where the engine takes its batches from, and gives them back to.</summary>
public interface IBatchSupply : IDisposable
{
    /// <summary>Batches ready to run; completes after the last one.</summary>
    ChannelReader<ImageBatch> Ready { get; }

    /// <summary>Gives a batch back after its results were used.</summary>
    void Return(ImageBatch batch);
}
