using System.Runtime.InteropServices;

namespace InferenceMeter.Batching;

/// <summary>
/// One batch: the owner of its pixel buffer <c>uint8 [Capacity, H, W, 3]</c> and of the tickets beside it.
/// Pooled and used over and over; the memory is native and does not move, so an inference session can bind to it once.
/// </summary>
public sealed unsafe class ImageBatch : IDisposable
{
    private readonly ImageTicket[] _tickets;
    private readonly IPixelMemory _memory;
    private byte* _pixels;

    /// <summary>
    /// Allocates a batch of <paramref name="capacity"/> images of <paramref name="height"/> x <paramref name="width"/>
    /// RGB pixels, all black.
    /// </summary>
    public ImageBatch(int capacity, int height, int width, IPixelMemory? memory = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        Capacity = capacity;
        FullCount = capacity;
        Height = height;
        Width = width;
        BytesPerImage = checked(height * width * 3);
        _tickets = new ImageTicket[capacity];
        _memory = memory ?? HostMemory.Instance;
        _pixels = (byte*)_memory.Allocate((long)capacity * BytesPerImage);
        NativeMemory.Clear(_pixels, (nuint)capacity * (nuint)BytesPerImage);
    }

    /// <summary>Most images it holds.</summary>
    public int Capacity { get; }

    /// <summary>Height of an image in pixels.</summary>
    public int Height { get; }

    /// <summary>Width of an image in pixels.</summary>
    public int Width { get; }

    /// <summary>Height x Width x 3.</summary>
    public int BytesPerImage { get; }

    /// <summary>How many images are in it now: slots 0 to Count - 1.</summary>
    public int Count { get; set; }

    /// <summary>
    /// Images of a full batch at present: less than <see cref="Capacity"/> after a device ran out of memory.
    /// </summary>
    public int FullCount { get; set; }

    /// <summary>Whether somebody waits for an image in it.</summary>
    public bool IsRequested { get; internal set; }

    /// <summary>Whether somebody waits for the scores of all classes of an image in it.</summary>
    public bool WantsScores { get; internal set; }

    /// <summary>Timestamps between which it was run last.</summary>
    public (long Started, long Ended) Run { get; set; }

    /// <summary>Its place among the batches, in the order in which they closed.</summary>
    internal long Order { get; set; }

    /// <summary>Start of the pixels, for a native library; valid until <see cref="Dispose"/>.</summary>
    public nint Address => (nint)_pixels;

    /// <summary>The pixels of one slot: uint8 [H, W, 3].</summary>
    public Span<byte> Slot(int index)
    {
        if ((uint)index >= (uint)Capacity)
            throw new ArgumentOutOfRangeException(nameof(index), index, $"a batch of {Capacity} has no such slot");
        ObjectDisposedException.ThrowIf(_pixels is null, this);
        return new Span<byte>(_pixels + ((long)index * BytesPerImage), BytesPerImage);
    }

    /// <summary>Who is in a slot.</summary>
    public ref ImageTicket Ticket(int index) => ref _tickets[index];

    /// <summary>Copies one image, pixels and ticket, into a slot of this batch.</summary>
    public void CopyFrom(ImageBatch source, int sourceSlot, int slot)
    {
        ArgumentNullException.ThrowIfNull(source);
        source.Slot(sourceSlot).CopyTo(Slot(slot));
        _tickets[slot] = source._tickets[sourceSlot];
    }

    /// <summary>Frees the pixels.</summary>
    public void Dispose()
    {
        if (_pixels is not null)
            _memory.Free((nint)_pixels);
        _pixels = null;
    }
}
