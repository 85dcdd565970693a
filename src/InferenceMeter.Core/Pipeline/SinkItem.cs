using InferenceMeter.Batching;
using InferenceMeter.Images;
using InferenceMeter.Inference;

namespace InferenceMeter.Pipeline;

/// <summary>What reaches the sink: a batch that was run, a batch that could not be run, a batch that was given up at shutdown, or one image that never got into a batch.</summary>
/// <param name="Batch">The batch, to be given back; <see langword="null"/> for a single failed image.</param>
/// <param name="Device">Index of the device that ran it.</param>
/// <param name="Result">Its scores; <see langword="null"/> when it was not run.</param>
/// <param name="Failed">Which of its images could not be run; <see langword="null"/> when none.</param>
/// <param name="Ticket">The single image.</param>
/// <param name="Failure">Why the single image failed; <see cref="ImageFailure.None"/> when it was given up untouched.</param>
internal readonly record struct SinkItem(
    ImageBatch? Batch,
    int Device,
    BatchResult? Result,
    bool[]? Failed,
    ImageTicket Ticket,
    ImageFailure Failure
)
{
    public static SinkItem Ran(ImageBatch batch, int device, BatchResult result, bool[]? failed) =>
        new(batch, device, result, failed, default, ImageFailure.None);

    public static SinkItem NotRun(ImageBatch batch, int device) =>
        new(batch, device, null, null, default, ImageFailure.Inference);

    public static SinkItem GivenUp(ImageBatch batch) => new(batch, 0, null, null, default, ImageFailure.None);

    public static SinkItem NotDecoded(in EncodedImage image, ImageFailure failure) =>
        new(
            null,
            0,
            null,
            null,
            new ImageTicket(image.Sequence, image.Name, image.ArrivalTimestamp, image.Request),
            failure
        );
}
