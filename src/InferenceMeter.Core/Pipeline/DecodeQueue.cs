using System.Threading.Channels;
using InferenceMeter.Images;

namespace InferenceMeter.Pipeline;

/// <summary>
/// Images before the decoders: those that somebody waits for first, in the order in which they came. Of the background
/// load only as many
/// as there is room for; of the others as many as were admitted.
/// </summary>
internal sealed class DecodeQueue(int room) : IDisposable
{
    private static readonly Comparer<EncodedImage> RequestsFirst = Comparer<EncodedImage>.Create(
        (one, other) => (one.Request is null, one.Sequence).CompareTo((other.Request is null, other.Sequence))
    );

    private readonly Channel<EncodedImage> _images = Channel.CreateUnboundedPrioritized(
        new UnboundedPrioritizedChannelOptions<EncodedImage> { Comparer = RequestsFirst }
    );
    private readonly SemaphoreSlim _room = new(room);

    /// <summary>Images that wait.</summary>
    public int Count => _images.Reader.Count;

    /// <summary>Waits until one more image of the background load may be added.</summary>
    public Task WaitForRoomAsync(CancellationToken cancellation) => _room.WaitAsync(cancellation);

    /// <summary>Adds an image; of the background load only after <see cref="WaitForRoomAsync"/>.</summary>
    /// <returns><see langword="false"/> when no image is taken any more.</returns>
    public bool TryAdd(in EncodedImage image) => _images.Writer.TryWrite(image);

    /// <summary>No image will be added any more.</summary>
    public void Complete() => _images.Writer.TryComplete();

    /// <summary>Waits for an image.</summary>
    /// <returns><see langword="false"/> when none will come.</returns>
    public ValueTask<bool> WaitToReadAsync() => _images.Reader.WaitToReadAsync(CancellationToken.None);

    /// <summary>Takes the next one.</summary>
    public bool TryRead(out EncodedImage image)
    {
        if (!_images.Reader.TryRead(out image))
            return false;
        if (image.Request is null)
            _room.Release();
        return true;
    }

    public void Dispose() => _room.Dispose();
}
