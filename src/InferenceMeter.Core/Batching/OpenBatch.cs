namespace InferenceMeter.Batching;

/// <summary>A batch with the book-keeping of its filling; guarded by the batcher's lock.</summary>
internal sealed class OpenBatch(ImageBatch batch)
{
    private readonly Stack<int> _free = new(batch.Capacity);
    private readonly bool[] _filled = new bool[batch.Capacity];

    public ImageBatch Batch { get; } = batch;

    /// <summary>Slots reserved and not yet committed or abandoned.</summary>
    public int Pending { get; private set; }

    public int Filled { get; private set; }

    /// <summary>Timestamp of the first commit: from here the delay counts.</summary>
    public long FirstCommit { get; private set; }

    /// <summary>No further reservation is made; it leaves when nothing is pending.</summary>
    public bool Sealed { get; set; }

    /// <summary>It has left.</summary>
    public bool Emitted { get; set; }

    public bool HasFreeSlot => _free.Count > 0 && !Sealed;

    /// <param name="images">Of a full batch.</param>
    public void Open(int images)
    {
        _free.Clear();
        for (var slot = images - 1; slot >= 0; slot--)
            _free.Push(slot);
        Array.Clear(_filled);
        Pending = 0;
        Filled = 0;
        Sealed = false;
        Emitted = false;
        Batch.Count = 0;
        Batch.FullCount = images;
        Batch.IsRequested = false;
        Batch.WantsScores = false;
    }

    public int Reserve()
    {
        Pending++;
        return _free.Pop();
    }

    public void Commit(int slot, long now)
    {
        Pending--;
        if (Filled++ == 0)
            FirstCommit = now;
        _filled[slot] = true;
    }

    public void Abandon(int slot)
    {
        Pending--;
        _free.Push(slot);
    }

    /// <summary>
    /// Moves images from the end into the holes that failed images left, so that slots 0 to Count - 1 are all filled.
    /// </summary>
    public ImageBatch Close()
    {
        var last = Batch.Capacity - 1;
        for (var slot = 0; slot < Filled; slot++)
        {
            if (_filled[slot])
                continue;
            while (!_filled[last])
                last--;
            Batch.CopyFrom(Batch, last, slot);
            _filled[last--] = false;
        }

        Batch.Count = Filled;
        return Batch;
    }
}
