namespace InferenceMeter.Inference.Cuda;

/// <summary>
/// What the meter needs of the CUDA driver. Devices are numbered as CUDA numbers them for this process
/// (<c>CUDA_VISIBLE_DEVICES</c> hides and reorders), which is also how ONNX Runtime does.
/// </summary>
internal interface ICudaDriver
{
    /// <summary>Newest CUDA version that the driver can run, such as 13.0.</summary>
    Version CudaVersion { get; }

    /// <summary>Devices that this process may use.</summary>
    int DeviceCount { get; }

    /// <summary>What a device is.</summary>
    /// <exception cref="CudaException">The driver refuses.</exception>
    CudaDevice Describe(int device);

    /// <summary>Takes a device into use: its primary context, which ONNX Runtime uses too.</summary>
    /// <exception cref="CudaException">The driver refuses.</exception>
    ICudaContext Open(int device);
}

/// <summary>One CUDA device.</summary>
internal sealed record CudaDevice
{
    /// <summary>For CUDA, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>Marketing name.</summary>
    public required string Name { get; init; }

    /// <summary>Such as <c>0000:3B:00.0</c>: by it other libraries find the same device.</summary>
    public required string PciBusId { get; init; }

    /// <summary><c>GPU-...</c>, of a MIG slice <c>MIG-...</c>.</summary>
    public required string Uuid { get; init; }

    /// <summary>Such as 9.0.</summary>
    public required Version ComputeCapability { get; init; }

    /// <summary>Tensor cores multiply TF32 from here on (Ampere, NVIDIA A100 white paper 2020).</summary>
    public bool HasTf32 => ComputeCapability.Major >= 8;
}

/// <summary>
/// Memory, streams and copies on one device. Thread-safe; every method throws <see cref="CudaException"/> when the
/// driver refuses.
/// </summary>
internal interface ICudaContext : IDisposable
{
    /// <summary>Makes the context current to the calling thread. Every other method does that by itself.</summary>
    void MakeCurrent();

    nint AllocateDevice(long bytes);

    void FreeDevice(nint address);

    /// <summary>
    /// Page-locked memory of the host, pinned for every device: copies from it overlap with computing.
    /// </summary>
    nint AllocatePinned(long bytes);

    void FreePinned(nint address);

    /// <param name="besideDefault">It neither waits for the default stream nor is waited for by it.</param>
    nint CreateStream(bool besideDefault);

    void DestroyStream(nint stream);

    /// <summary>Queues a copy from the host.</summary>
    void CopyToDevice(nint device, nint host, long bytes, nint stream);

    /// <summary>Queues a copy to the host.</summary>
    void CopyToHost(nint host, nint device, long bytes, nint stream);

    /// <summary>Waits, asleep, until all that was queued is done.</summary>
    void Synchronize(nint stream);

    /// <summary>
    /// Ends a capture that a failed run has left open, and drops its graph. Call it on the thread that began the
    /// capture,
    /// before anything else is asked of the stream.
    /// </summary>
    /// <returns>Whether the stream can be used again.</returns>
    bool EndCapture(nint stream);
}
