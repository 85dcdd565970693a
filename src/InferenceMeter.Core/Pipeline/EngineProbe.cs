using InferenceMeter.Batching;
using InferenceMeter.Inference;

namespace InferenceMeter.Pipeline;

/// <summary>What the engine can do by itself: sessions on all devices at work at once on ready batches, nothing else.</summary>
internal static class EngineProbe
{
    /// <summary>Batches of each instance that are not measured: kernels are chosen and graphs captured in them.</summary>
    private const int WarmUpBatches = 4;

    private const int LeastBatches = 8;

    /// <summary>Measures.</summary>
    /// <param name="devices">One a device.</param>
    /// <param name="instances">Sessions on each.</param>
    /// <param name="batchSize">Images in a batch.</param>
    /// <param name="length">Of the measurement, at least; every instance also runs at least 8 batches.</param>
    /// <param name="time">Clock.</param>
    /// <returns>Images per second, over all devices.</returns>
    /// <exception cref="InferenceException">A batch of this size cannot be run.</exception>
    public static double Measure(IReadOnlyList<IInferenceSessionFactory> devices, int instances, int batchSize, TimeSpan length, TimeProvider time)
    {
        var probe = new CompletionProbe(time);
        using var ready = new CountdownEvent(devices.Count * instances);
        var failures = new List<InferenceException>();
        var threads = (from device in devices from _ in Enumerable.Range(0, instances) select new Thread(() => Work(device))).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        if (failures.Count > 0) throw failures.Find(failure => failure.Fault == InferenceFault.OutOfMemory) ?? failures[0];
        return probe.ImagesPerSecond;

        void Work(IInferenceSessionFactory device)
        {
            var warm = false;
            try
            {
                Run(device, ref warm);
            }
            catch (InferenceException e)
            {
                lock (failures) failures.Add(e);
                // The others wait for it.
                if (!warm) ready.Signal();
            }
        }

        void Run(IInferenceSessionFactory device, ref bool warm)
        {
            using var session = device.Create();
            using var batch = new ImageBatch(device.Model.FixedBatch ?? batchSize, device.Model.Height, device.Model.Width, device.PixelMemory);
            batch.Count = batch.Capacity;
            for (var i = 0; i < batch.Count; i++) new Random(i).NextBytes(batch.Slot(i));
            for (var i = 0; i < WarmUpBatches; i++) session.Run(batch);
            warm = true;
            ready.Signal();
            ready.Wait();
            var started = time.GetTimestamp();
            for (var i = 0; i < LeastBatches || time.GetElapsedTime(started) < length; i++)
            {
                session.Run(batch);
                probe.Completed(batch.Count);
            }
        }
    }
}
