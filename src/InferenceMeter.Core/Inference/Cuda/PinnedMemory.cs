using InferenceMeter.Batching;

namespace InferenceMeter.Inference.Cuda;

/// <summary>
/// Pixels in page-locked memory, which a device reads by itself while it computes. From the driver and not from ONNX
/// Runtime's <c>CudaPinned</c> allocator, which belongs to one session: batches outlive sessions.
/// </summary>
internal sealed class PinnedMemory(ICudaContext context) : IPixelMemory
{
    /// <inheritdoc/>
    public nint Allocate(long bytes)
    {
        try
        {
            return context.AllocatePinned(bytes);
        }
        catch (CudaException e)
        {
            throw CudaFaults.Wrap($"no {bytes >> 20} MB of page-locked memory for a batch", e);
        }
    }

    /// <inheritdoc/>
    public void Free(nint address)
    {
        try
        {
            context.FreePinned(address);
        }
        catch (CudaException)
        {
            // The context is gone with its device, and its memory with it.
        }
    }
}
