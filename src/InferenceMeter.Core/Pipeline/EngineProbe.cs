using InferenceMeter.Batching;
using InferenceMeter.Inference;
using InferenceMeter.Inference.Cuda;

namespace InferenceMeter.Pipeline;

/// <summary>
/// What the engine can do by itself: sessions on all devices at work at once on ready batches, nothing else.
/// </summary>
internal sealed class EngineProbe : IDisposable
{
    /// <summary>
    /// Batches of each instance that are not measured: kernels are chosen and graphs captured in them.
    /// </summary>
    private const int WarmUpBatches = CudaBuffers.RunsUntilCaptured + 1;

    private const int LeastBatches = 8;

    private readonly TimeProvider _time;
    private readonly List<Lane> _lanes = [];

    /// <summary>Opens the sessions; each size is then measured on the same ones.</summary>
    /// <param name="devices">One a device.</param>
    /// <param name="instances">Sessions on each.</param>
    /// <param name="time">Clock.</param>
    /// <exception cref="InferenceException">A session cannot be opened.</exception>
    public EngineProbe(IReadOnlyList<IInferenceSessionFactory> devices, int instances, TimeProvider time)
    {
        _time = time;
        try
        {
            foreach (var device in devices)
            {
                for (var i = 0; i < instances; i++)
                    _lanes.Add(new Lane(device, device.Create()));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Measures a batch size.</summary>
    /// <param name="batchSize">Images in a batch; of a frozen model, its own.</param>
    /// <param name="length">Of the measurement, at least; every instance also runs at least 8 batches.</param>
    /// <returns>Images per second, over all devices.</returns>
    /// <exception cref="InferenceException">A batch of this size cannot be run.</exception>
    public double Measure(int batchSize, TimeSpan length)
    {
        var probe = new CompletionProbe(_time);
        using var ready = new CountdownEvent(_lanes.Count);
        var failures = new List<InferenceException>();
        Task.WaitAll([.. _lanes.Select(lane => lane.Run(() => Work(lane.Device, lane.Session)))]);
        if (failures.Count > 0)
            throw failures.Find(failure => failure.Fault == InferenceFault.OutOfMemory) ?? failures[0];
        return probe.ImagesPerSecond;

        void Work(IInferenceSessionFactory device, IInferenceSession session)
        {
            var warm = false;
            try
            {
                Run(device, session, ref warm);
            }
            catch (InferenceException e)
            {
                lock (failures)
                    failures.Add(e);
                // The others wait for it.
                if (!warm)
                    ready.Signal();
            }
        }

        void Run(IInferenceSessionFactory device, IInferenceSession session, ref bool warm)
        {
            using var batch = new ImageBatch(
                device.Model.FixedBatch ?? batchSize,
                device.Model.Height,
                device.Model.Width,
                device.PixelMemory
            );
            batch.Count = batch.Capacity;
            for (var i = 0; i < batch.Count; i++)
                new Random(i).NextBytes(batch.Slot(i));
            for (var i = 0; i < WarmUpBatches; i++)
                session.Run(batch);
            warm = true;
            ready.Signal();
            ready.Wait();
            var started = _time.GetTimestamp();
            for (var i = 0; i < LeastBatches || _time.GetElapsedTime(started) < length; i++)
            {
                session.Run(batch);
                probe.Completed(batch.Count);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _lanes.ForEach(lane => lane.Dispose());

    /// <summary>A session and the thread that always runs it.</summary>
    private sealed class Lane(IInferenceSessionFactory device, IInferenceSession session) : IDisposable
    {
        private readonly DedicatedThread _thread = new();

        public IInferenceSessionFactory Device { get; } = device;

        public IInferenceSession Session { get; } = session;

        public Task Run(Action action) => _thread.Run(action);

        public void Dispose()
        {
            _thread.Dispose();
            Session.Dispose();
        }
    }
}
