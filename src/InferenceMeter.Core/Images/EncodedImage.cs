using System.Buffers;

namespace InferenceMeter.Images;

/// <summary>
/// One image as a source hands it out: its encoded bytes (JPEG, PNG, ...) or the reason there are none.
/// A struct over a leased buffer, so that handing out an image allocates nothing in steady state.
/// Whoever takes it from the source calls <see cref="Release"/> once.
/// </summary>
public readonly struct EncodedImage
{
    private readonly byte[]? _lease;

    private EncodedImage(
        long sequence,
        string name,
        long arrival,
        ReadOnlyMemory<byte> bytes,
        byte[]? lease,
        ImageFailure failure,
        IImageRequest? request = null
    )
    {
        Sequence = sequence;
        Name = name;
        ArrivalTimestamp = arrival;
        Bytes = bytes;
        _lease = lease;
        Failure = failure;
        Request = request;
    }

    /// <summary>Position in the order in which the source handed images out, from 0.</summary>
    public long Sequence { get; }

    /// <summary>Path, address or generated name; never a metric label.</summary>
    public string Name { get; }

    /// <summary><see cref="TimeProvider.GetTimestamp"/> when the source handed it out.</summary>
    public long ArrivalTimestamp { get; }

    /// <summary>The encoded bytes; empty when <see cref="Failure"/> is set.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary><see cref="ImageFailure.None"/>, or why the source has no bytes for this image.</summary>
    public ImageFailure Failure { get; }

    /// <summary>Who waits for it; <see langword="null"/> for an image of the background load.</summary>
    public IImageRequest? Request { get; }

    /// <summary>The class that it shows, where the source says it; <see langword="null"/> where not.</summary>
    public int? TrueClass { get; init; }

    /// <summary>An image over bytes that outlive it (nothing to give back).</summary>
    public static EncodedImage Shared(long sequence, string name, long arrival, ReadOnlyMemory<byte> bytes) =>
        new(sequence, name, arrival, bytes, null, ImageFailure.None);

    /// <summary>
    /// An image in the first <paramref name="length"/> bytes of an array rented from <see cref="ArrayPool{T}.Shared"/>.
    /// </summary>
    public static EncodedImage Leased(long sequence, string name, long arrival, byte[] rented, int length) =>
        new(sequence, name, arrival, rented.AsMemory(0, length), rented, ImageFailure.None);

    /// <summary>An image that somebody waits for, over bytes that outlive its answer.</summary>
    public static EncodedImage Requested(
        long sequence,
        string name,
        long arrival,
        ReadOnlyMemory<byte> bytes,
        IImageRequest request
    ) => new(sequence, name, arrival, bytes, null, ImageFailure.None, request);

    /// <summary>An image that was handed out and could not be read; it counts as failed.</summary>
    public static EncodedImage Failed(long sequence, string name, long arrival, ImageFailure failure) =>
        new(sequence, name, arrival, default, null, failure);

    /// <summary>Gives the buffer back. Call exactly once.</summary>
    public void Release()
    {
        if (_lease is not null)
            ArrayPool<byte>.Shared.Return(_lease);
    }
}
