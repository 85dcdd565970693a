namespace InferenceMeter.Inference;

/// <summary>
/// Runs the model and nothing else, over the same buffers again and again: the yardstick for the meter's own cost.
/// </summary>
public interface IBareLoop : IDisposable
{
    /// <summary>Images that one <see cref="RunOnce"/> classifies.</summary>
    int BatchSize { get; }

    /// <summary>Runs one batch to its end.</summary>
    void RunOnce();
}

/// <summary>Sessions on one device, with the bare loop to compare them with.</summary>
public interface IDeviceSessionFactory : IInferenceSessionFactory
{
    /// <summary>
    /// One bare loop: the same graph, options and batch size as a session of this factory, and nothing else.
    /// </summary>
    /// <param name="batchSize">Images a run; of a frozen model, its own batch size.</param>
    IBareLoop CreateBareLoop(int batchSize);

    /// <summary>
    /// Proves that batches of a size are answered right when sessions run at once. A CPU needs no proof.
    /// </summary>
    /// <param name="batchSize">Images a batch; of a frozen model, its own batch size.</param>
    /// <param name="sessions">How many run at once, 1 or more.</param>
    /// <param name="warn">Told, in one line, what is turned off so that the answers are right.</param>
    /// <exception cref="InferenceException">They are wrong, or a batch cannot be run.</exception>
    void Prove(int batchSize, int sessions, Action<string> warn) { }
}
