using System.Runtime.InteropServices;

namespace InferenceMeter.Batching;

/// <summary>
/// One batch: the owner of its pixel buffer <c>uint8 [Capacity, H, W, 3]</c> and of the tickets beside it.
/// Pooled and used over and over; the memory is native and 64-byte aligned, so an inference session can bind to it once.
/// </summary>
public sealed unsafe class ImageBatch : IDisposable
{
    private readonly ImageTicket[] _tickets;
    private byte* _pixels;

    /// <summary>Allocates a batch of <paramref name="capacity"/> images of <paramref name="height"/> x <paramref name="width"/> RGB pixels.</summary>
    public ImageBatch(int capacity, int height, int width)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        (Capacity, Height, Width) = (capacity, height, width);
        BytesPerImage = checked(height * width * 3);
        _tickets = new ImageTicket[capacity];
        _pixels = (byte*)NativeMemory.AlignedAlloc((nuint)capacity * (nuint)BytesPerImage, 64);
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

    /// <summary>Start of the pixels, for a native library; valid until <see cref="Dispose"/>.</summary>
    public nint Address => (nint)_pixels;

    /// <summary>The pixels of one slot: uint8 [H, W, 3].</summary>
    public Span<byte> Slot(int index)
    {
        if ((uint)index >= (uint)Capacity) throw new ArgumentOutOfRangeException(nameof(index), index, $"a batch of {Capacity} has no such slot");
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
        NativeMemory.AlignedFree(_pixels);
        _pixels = null;
    }
}
