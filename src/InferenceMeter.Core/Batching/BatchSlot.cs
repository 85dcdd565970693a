namespace InferenceMeter.Batching;

/// <summary>A reserved place in a batch that is being filled. Exactly one of commit and abandon follows.</summary>
public readonly struct BatchSlot
{
    internal BatchSlot(OpenBatch batch, int index) => (Open, Index) = (batch, index);

    /// <summary>Where the decoder writes: uint8 [H, W, 3].</summary>
    public Span<byte> Pixels => Open.Batch.Slot(Index);

    internal OpenBatch Open { get; }

    internal int Index { get; }
}
