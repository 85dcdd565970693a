using InferenceMeter.Images;
using InferenceMeter.Metering;

namespace InferenceMeter.Pipeline;

/// <summary>The background load: asks the source for images until it has no more, or until stopped.</summary>
internal sealed class SourceStage(
    IImageSource source,
    DecodeQueue decodeQueue,
    Background background,
    RequestGate gate,
    PipelineRecorder recorder
)
{
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            if (background == Background.Off)
                await Task.Delay(Timeout.InfiniteTimeSpan, stop);
            while (true)
            {
                // Room first, image second: an image is only asked for when it can be passed on, so stopping loses
                // none.
                await decodeQueue.WaitForRoomAsync(stop);
                if (background == Background.Fill)
                    await gate.WhenQuietAsync(stop);
                var started = recorder.Now;
                if (stop.IsCancellationRequested || !source.TryNext(out var image, stop))
                    break;
                recorder.Busy(Stage.Source, started);
                recorder.HandedOut(1);
                decodeQueue.TryAdd(image);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Asked to stop while waiting.
        }
        finally
        {
            decodeQueue.Complete();
        }
    }
}
