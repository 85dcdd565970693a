namespace InferenceMeter.Images.Archives;

/// <summary>
/// A limit of bytes that are held at the same time. Who asks for more than there is waits, in the order of asking; who
/// asks for more than all of it gets it alone, so that nobody waits for ever. Thread-safe.
/// </summary>
/// <param name="most">Bytes, above 0.</param>
internal sealed class ByteBudget(long most)
{
    private readonly Queue<(long Bytes, TaskCompletionSource Turn)> _waiting = [];
    private readonly Lock _gate = new();
    private long _held;

    /// <summary>Bytes that are held now.</summary>
    public long Held
    {
        get
        {
            lock (_gate)
                return _held;
        }
    }

    /// <summary>Takes bytes, when there are as many.</summary>
    /// <exception cref="OperationCanceledException">Stopped while waiting; nothing was taken.</exception>
    public async ValueTask TakeAsync(long bytes, CancellationToken stop)
    {
        TaskCompletionSource turn;
        lock (_gate)
        {
            if (_waiting.Count == 0 && Fits(bytes))
            {
                _held += bytes;
                return;
            }

            turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue((bytes, turn));
        }

        await using var giveUp = stop.Register(() => turn.TrySetCanceled(stop));
        await turn.Task;
    }

    /// <summary>Gives bytes back.</summary>
    public void Return(long bytes)
    {
        lock (_gate)
        {
            _held -= bytes;
            while (_waiting.TryPeek(out var next) && (next.Turn.Task.IsCompleted || Fits(next.Bytes)))
            {
                _waiting.Dequeue();
                // Who has given up by now takes nothing.
                if (next.Turn.TrySetResult())
                    _held += next.Bytes;
            }
        }
    }

    private bool Fits(long bytes) => _held == 0 || _held + bytes <= most;
}
