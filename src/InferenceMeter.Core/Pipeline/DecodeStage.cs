using System.Threading.Channels;
using InferenceMeter.Batching;
using InferenceMeter.Images;
using InferenceMeter.Metering;
using InferenceMeter.Preprocessing;

namespace InferenceMeter.Pipeline;

/// <summary>One decoder worker: bytes in, pixels written straight into a slot of a batch.</summary>
internal sealed class DecodeStage(
    ChannelReader<EncodedImage> decodeQueue, Func<IImageDecoder> createDecoder, Batcher batcher, ChannelWriter<SinkItem> sink, PipelineRecorder recorder)
{
    public async Task RunAsync(CancellationToken abandon)
    {
        using var decoder = createDecoder();
        while (await decodeQueue.WaitToReadAsync(CancellationToken.None))
        {
            while (decodeQueue.TryRead(out var image))
            {
                var failure = image.Failure;
                if (failure != ImageFailure.None || !await DecodeAsync(decoder, image, abandon))
                    await sink.WriteAsync(SinkItem.NotDecoded(image, failure == ImageFailure.None ? _failure : failure), CancellationToken.None);
                image.Release();
            }
        }
    }

    private ImageFailure _failure;

    private async ValueTask<bool> DecodeAsync(IImageDecoder decoder, EncodedImage image, CancellationToken abandon)
    {
        BatchSlot slot;
        try
        {
            slot = await batcher.ReserveAsync(abandon);
        }
        catch (OperationCanceledException)
        {
            _failure = ImageFailure.None;
            return false;
        }

        var started = recorder.Now;
        _failure = decoder.Decode(image.Bytes.Span, slot.Pixels);
        recorder.Busy(Stage.Decode, started);
        started = recorder.Now;
        if (_failure == ImageFailure.None) batcher.Commit(slot, new ImageTicket(image.Sequence, image.Name, image.ArrivalTimestamp));
        else batcher.Abandon(slot);
        recorder.Busy(Stage.Batch, started);
        return _failure == ImageFailure.None;
    }
}
