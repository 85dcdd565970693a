using System.Runtime.InteropServices;

namespace InferenceMeter.Batching;

/// <summary>
/// Where the pixels of batches lie. Decoders write there and a device reads from there, so the device may ask for
/// memory of a kind it reads fast.
/// </summary>
public interface IPixelMemory
{
    /// <summary>Takes memory, aligned to 64 bytes at least. Thread-safe.</summary>
    nint Allocate(long bytes);

    /// <summary>Gives it back. Thread-safe.</summary>
    void Free(nint address);
}

/// <summary>The process's own memory.</summary>
public sealed unsafe class HostMemory : IPixelMemory
{
    private HostMemory() { }

    /// <summary>The one there is.</summary>
    public static HostMemory Instance { get; } = new();

    /// <inheritdoc/>
    public nint Allocate(long bytes) => (nint)NativeMemory.AlignedAlloc((nuint)bytes, 64);

    /// <inheritdoc/>
    public void Free(nint address) => NativeMemory.AlignedFree((void*)address);
}
