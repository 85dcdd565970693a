using System.Threading.Channels;
using InferenceMeter.Images;
using InferenceMeter.Metering;

namespace InferenceMeter.Pipeline;

/// <summary>Asks the source for images until it has no more, or until stopped.</summary>
internal sealed class SourceStage(IImageSource source, ChannelWriter<EncodedImage> decodeQueue, PipelineRecorder recorder)
{
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            // Room first, image second: an image is only asked for when it can be passed on, so stopping loses none.
            while (await decodeQueue.WaitToWriteAsync(stop))
            {
                var started = recorder.Now;
                if (stop.IsCancellationRequested || !source.TryNext(out var image)) break;
                recorder.Busy(Stage.Source, started);
                recorder.HandedOut(1);
                decodeQueue.TryWrite(image);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Asked to stop while waiting for room.
        }
        finally
        {
            decodeQueue.TryComplete();
        }
    }
}
