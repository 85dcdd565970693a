using System.Threading.Channels;
using InferenceMeter.Batching;
using InferenceMeter.Inference;

namespace InferenceMeter.Pipeline;

/// <summary>
/// One instance at work: takes ready batches and runs them, on a thread of its own, since a run blocks for its whole
/// length.
/// </summary>
internal sealed class InferStage(
    IBatchFeed feed,
    ResilientSession session,
    InstanceHealth instance,
    PipelineHealth health,
    ManualResetEventSlim open,
    ChannelWriter<SinkItem> sink,
    PipelineRecorder recorder
)
{
    /// <summary>Starts the thread; the task ends when the feed is exhausted or the device is lost.</summary>
    public Task RunAsync(CancellationToken abandon) =>
        Task.Factory.StartNew(
            () => Run(abandon),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );

    private void Run(CancellationToken abandon)
    {
        var failed = Array.Empty<bool>();
        while (!instance.Lost && TryTake(out var batch))
        {
            WaitUntilOpen(abandon);
            if (failed.Length < batch.Capacity)
                failed = new bool[batch.Capacity];
            // The sink's queue is unbounded (the pool of batches bounds it), so the write never waits.
            var item = abandon.IsCancellationRequested ? SinkItem.GivenUp(batch) : RunBatch(batch, failed, abandon);
            // Nobody else could run it once the last device is gone.
            if (instance.Lost && !health.Lost && feed.Requeue(batch))
                break;
            sink.TryWrite(item);
        }
    }

    private bool TryTake(out ImageBatch batch)
    {
        while (!feed.Ready.TryRead(out batch!))
        {
            feed.Idle(true);
            try
            {
                if (!feed.Ready.WaitToReadAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult())
                    return false;
            }
            finally
            {
                feed.Idle(false);
            }
        }

        return true;
    }

    private void WaitUntilOpen(CancellationToken abandon)
    {
        if (!open.IsSet)
            WaitHandle.WaitAny([open.WaitHandle, abandon.WaitHandle]);
    }

    private SinkItem RunBatch(ImageBatch batch, bool[] failed, CancellationToken abandon)
    {
        var started = recorder.Now;
        recorder.BatchStarted();
        var missed = batch.Count;
        try
        {
            var result = session.Run(batch, failed, abandon);
            missed = failed.AsSpan(0, batch.Count).Count(true);
            return SinkItem.Ran(
                batch,
                instance.Device,
                result,
                missed == 0 ? null : failed.AsSpan(0, batch.Count).ToArray()
            );
        }
        catch (OperationCanceledException) when (abandon.IsCancellationRequested)
        {
            return SinkItem.GivenUp(batch);
        }
        catch (InferenceException gone) when (gone.Fault == InferenceFault.DeviceLost)
        {
            health.Lose(instance, gone);
            return SinkItem.NotRun(batch, instance.Device);
        }
        finally
        {
            batch.Run = (started, recorder.Now);
            if (instance.Lost)
                recorder.BatchLost(instance.Device, started);
            else
                recorder.BatchRan(instance.Device, started, batch.Count, missed);
        }
    }
}
