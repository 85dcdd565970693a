using System.Threading.Channels;
using InferenceMeter.Batching;
using InferenceMeter.Images;
using InferenceMeter.Metering;
using InferenceMeter.Preprocessing;

namespace InferenceMeter.Pipeline;

/// <summary>One decoder worker: bytes in, pixels written straight into a slot of a batch.</summary>
internal sealed class DecodeStage(
    DecodeQueue decodeQueue,
    Func<IImageDecoder> createDecoder,
    Batcher batcher,
    ChannelWriter<SinkItem> sink,
    PipelineRecorder recorder
)
{
    public async Task RunAsync(CancellationToken abandon)
    {
        using var decoder = createDecoder();
        while (await decodeQueue.WaitToReadAsync())
        {
            while (decodeQueue.TryRead(out var image))
            {
                var failure = image.Failure;
                if (failure != ImageFailure.None || !await DecodeAsync(decoder, image, abandon))
                    await sink.WriteAsync(
                        SinkItem.NotDecoded(image, failure == ImageFailure.None ? _failure : failure),
                        CancellationToken.None
                    );
                image.Release();
            }
        }
    }

    private ImageFailure _failure;

    private async ValueTask<bool> DecodeAsync(IImageDecoder decoder, EncodedImage image, CancellationToken abandon)
    {
        _failure = ImageFailure.None;
        if (image.Request?.IsWanted == false)
            return false;
        BatchSlot slot;
        try
        {
            slot = await batcher.ReserveAsync(abandon);
        }
        catch (OperationCanceledException)
        {
            return false;
        }

        // It may have waited long.
        if (image.Request?.IsWanted == false)
        {
            batcher.Abandon(slot);
            return false;
        }

        var started = recorder.Now;
        _failure = image.Request?.IsPixels == true ? Copy(image, slot) : decoder.Decode(image.Bytes.Span, slot.Pixels);
        var ended = recorder.Now;
        recorder.Busy(Stage.Decode, started);
        image.Request?.Decoded(started, ended);
        if (_failure == ImageFailure.None)
            batcher.Commit(
                slot,
                new ImageTicket(image.Sequence, image.Name, image.ArrivalTimestamp, image.Request)
                {
                    TrueClass = image.TrueClass,
                }
            );
        else
            batcher.Abandon(slot);
        recorder.Busy(Stage.Batch, ended);
        return _failure == ImageFailure.None;
    }

    private static ImageFailure Copy(in EncodedImage image, BatchSlot slot)
    {
        if (image.Bytes.Length != slot.Pixels.Length)
            return ImageFailure.Corrupt;
        image.Bytes.Span.CopyTo(slot.Pixels);
        return ImageFailure.None;
    }
}
