using InferenceMeter.Batching;
using InferenceMeter.Images;
using InferenceMeter.Inference;

namespace InferenceMeter.Pipeline;

/// <summary>
/// What reaches the sink: a batch that was run, a batch that could not be run, a batch that was given up at shutdown,
/// or one image that never got into a batch.
/// </summary>
internal readonly record struct SinkItem
{
    /// <summary>The batch, to be given back; <see langword="null"/> for a single failed image.</summary>
    public required ImageBatch? Batch { get; init; }

    /// <summary>Index of the device that ran it.</summary>
    public required int Device { get; init; }

    /// <summary>Its scores; <see langword="null"/> when it was not run.</summary>
    public required BatchResult? Result { get; init; }

    /// <summary>Which of its images could not be run; <see langword="null"/> when none.</summary>
    public required bool[]? Failed { get; init; }

    /// <summary>The single image.</summary>
    public required ImageTicket Ticket { get; init; }

    /// <summary>Why the single image failed; <see cref="ImageFailure.None"/> when it was given up untouched.</summary>
    public required ImageFailure Failure { get; init; }

    public static SinkItem Ran(ImageBatch batch, int device, BatchResult result, bool[]? failed) =>
        new SinkItem
        {
            Batch = batch,
            Device = device,
            Result = result,
            Failed = failed,
            Ticket = default,
            Failure = ImageFailure.None,
        };

    public static SinkItem NotRun(ImageBatch batch, int device) =>
        new SinkItem
        {
            Batch = batch,
            Device = device,
            Result = null,
            Failed = null,
            Ticket = default,
            Failure = ImageFailure.Inference,
        };

    public static SinkItem GivenUp(ImageBatch batch) =>
        new SinkItem
        {
            Batch = batch,
            Device = 0,
            Result = null,
            Failed = null,
            Ticket = default,
            Failure = ImageFailure.None,
        };

    public static SinkItem NotDecoded(in EncodedImage image, ImageFailure failure) =>
        new SinkItem
        {
            Batch = null,
            Device = 0,
            Result = null,
            Failed = null,
            Ticket = new ImageTicket(image.Sequence, image.Name, image.ArrivalTimestamp, image.Request),
            Failure = failure,
        };
}
