using InferenceMeter.Images;
using InferenceMeter.Metering;

namespace InferenceMeter.Pipeline;

/// <summary>
/// The background load: asks the source for images until it has no more, until it is lost, or until stopped.
/// </summary>
internal sealed class SourceStage(
    IImageSource source,
    DecodeQueue decodeQueue,
    Background background,
    RequestGate gate,
    PipelineRecorder recorder
)
{
    /// <summary>Why the source ended before its last image; those before it are answered first.</summary>
    public ImageSourceException? Loss { get; private set; }

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
                if (stop.IsCancellationRequested || !TryNext(out var image, stop))
                    break;
                recorder.HandedOut(1);
                decodeQueue.TryAdd(image);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Asked to stop while waiting.
        }
        catch (ImageSourceException lost) when (lost.WasLost)
        {
            Loss = lost;
        }
        finally
        {
            decodeQueue.Complete();
        }
    }

    private bool TryNext(out EncodedImage image, CancellationToken stop)
    {
        var (started, waited) = (recorder.Now, source.WaitedTicks);
        var isThere = source.TryNext(out image, stop);
        waited = source.WaitedTicks - waited;
        recorder.BusyFor(Stage.Fetch, waited);
        recorder.BusyFor(Stage.Source, recorder.Now - started - waited);
        return isThere;
    }
}
