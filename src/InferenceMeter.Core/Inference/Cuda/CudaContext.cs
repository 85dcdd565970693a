namespace InferenceMeter.Inference.Cuda;

/// <summary>The primary context of one device.</summary>
internal sealed unsafe class CudaContext : ICudaContext
{
    // CU_CTX_SCHED_BLOCKING_SYNC: who waits for the device sleeps. Spinning would take a core from the decoders.
    private const uint SleepWhileWaiting = 4;

    // CU_MEMHOSTALLOC_PORTABLE: pinned for every device.
    private const uint Portable = 1;

    // CU_STREAM_NON_BLOCKING
    private const uint NonBlocking = 1;

    // CU_STREAM_CAPTURE_MODE_THREAD_LOCAL: what this thread does neither breaks a graph that another captures nor is
    // refused for it.
    private const int ThreadLocal = 1;

    [ThreadStatic]
    private static bool s_captureModeSet;

    private readonly CudaDriver _driver;
    private readonly int _device;
    private readonly nint _context;
    private readonly delegate* unmanaged<nint, int> _setCurrent;
    private readonly delegate* unmanaged<ulong, nint, nuint, nint, int> _toDevice;
    private readonly delegate* unmanaged<nint, ulong, nuint, nint, int> _toHost;
    private readonly delegate* unmanaged<nint, int> _synchronize;

    public CudaContext(CudaDriver driver, int device)
    {
        (_driver, _device) = (driver, device);
        // Refused when the context is in use already; then it stays as it is.
        _ = ((delegate* unmanaged<int, uint, int>)driver.Export("cuDevicePrimaryCtxSetFlags_v2"))(
            device,
            SleepWhileWaiting
        );
        nint context;
        driver.Check(
            "cuDevicePrimaryCtxRetain",
            ((delegate* unmanaged<nint*, int, int>)driver.Export("cuDevicePrimaryCtxRetain"))(&context, device)
        );
        _context = context;
        _setCurrent = (delegate* unmanaged<nint, int>)driver.Export("cuCtxSetCurrent");
        _toDevice = (delegate* unmanaged<ulong, nint, nuint, nint, int>)driver.Export("cuMemcpyHtoDAsync_v2");
        _toHost = (delegate* unmanaged<nint, ulong, nuint, nint, int>)driver.Export("cuMemcpyDtoHAsync_v2");
        _synchronize = (delegate* unmanaged<nint, int>)driver.Export("cuStreamSynchronize");
    }

    public nint AllocateDevice(long bytes)
    {
        MakeCurrent();
        ulong address;
        _driver.Check(
            "cuMemAlloc",
            ((delegate* unmanaged<ulong*, nuint, int>)_driver.Export("cuMemAlloc_v2"))(&address, (nuint)bytes)
        );
        return (nint)address;
    }

    public void FreeDevice(nint address)
    {
        MakeCurrent();
        _driver.Check("cuMemFree", ((delegate* unmanaged<ulong, int>)_driver.Export("cuMemFree_v2"))((ulong)address));
    }

    public nint AllocatePinned(long bytes)
    {
        MakeCurrent();
        nint address;
        _driver.Check(
            "cuMemHostAlloc",
            ((delegate* unmanaged<nint*, nuint, uint, int>)_driver.Export("cuMemHostAlloc"))(
                &address,
                (nuint)bytes,
                Portable
            )
        );
        return address;
    }

    public void FreePinned(nint address)
    {
        MakeCurrent();
        _driver.Check("cuMemFreeHost", ((delegate* unmanaged<nint, int>)_driver.Export("cuMemFreeHost"))(address));
    }

    public nint CreateStream(bool besideDefault)
    {
        MakeCurrent();
        nint stream;
        _driver.Check(
            "cuStreamCreate",
            ((delegate* unmanaged<nint*, uint, int>)_driver.Export("cuStreamCreate"))(
                &stream,
                besideDefault ? NonBlocking : 0
            )
        );
        return stream;
    }

    public void DestroyStream(nint stream)
    {
        MakeCurrent();
        _driver.Check(
            "cuStreamDestroy",
            ((delegate* unmanaged<nint, int>)_driver.Export("cuStreamDestroy_v2"))(stream)
        );
    }

    public void CopyToDevice(nint device, nint host, long bytes, nint stream)
    {
        MakeCurrent();
        _driver.Check("cuMemcpyHtoDAsync", _toDevice((ulong)device, host, (nuint)bytes, stream));
    }

    public void CopyToHost(nint host, nint device, long bytes, nint stream)
    {
        MakeCurrent();
        _driver.Check("cuMemcpyDtoHAsync", _toHost(host, (ulong)device, (nuint)bytes, stream));
    }

    public void Synchronize(nint stream)
    {
        MakeCurrent();
        _driver.Check("cuStreamSynchronize", _synchronize(stream));
    }

    public bool EndCapture(nint stream)
    {
        MakeCurrent();
        if (!IsCapturing(stream))
            return true;
        nint graph = 0;
        // An invalidated capture is ended too, with an error code and without a graph.
        _ = ((delegate* unmanaged<nint, nint*, int>)_driver.Export("cuStreamEndCapture"))(stream, &graph);
        if (graph != 0)
            _ = ((delegate* unmanaged<nint, int>)_driver.Export("cuGraphDestroy"))(graph);
        return !IsCapturing(stream);
    }

    public void Dispose() =>
        _ = ((delegate* unmanaged<int, int>)_driver.Export("cuDevicePrimaryCtxRelease_v2"))(_device);

    private bool IsCapturing(nint stream)
    {
        // CUstreamCaptureStatus: 0 for none, 1 for active, 2 for invalidated.
        int status;
        var isCapturing = (delegate* unmanaged<nint, int*, int>)_driver.Export("cuStreamIsCapturing");
        _driver.Check("cuStreamIsCapturing", isCapturing(stream, &status));
        return status != 0;
    }

    // Contexts are current to threads, and the caller may be any.
    public void MakeCurrent()
    {
        _driver.Check("cuCtxSetCurrent", _setCurrent(_context));
        if (s_captureModeSet)
            return;
        s_captureModeSet = true;
        var mode = ThreadLocal;
        _ = ((delegate* unmanaged<int*, int>)_driver.Export("cuThreadExchangeStreamCaptureMode"))(&mode);
    }
}
