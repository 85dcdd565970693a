using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using InferenceMeter.Inference;
using InferenceMeter.Inference.Cuda;
using InferenceMeter.Models;
using Microsoft.ML.OnnxRuntime;

namespace InferenceMeter.Tests.Inference.Cuda;

/// <summary>A driver whose devices are the CPU: their memory is the host's, and what is queued is done at once.</summary>
internal sealed class FakeCuda(int devices = 1) : ICudaDriver
{
    public Version CudaVersion { get; } = new(13, 0);

    public int DeviceCount { get; } = devices;

    public Version ComputeCapability { get; set; } = new(9, 0);

    /// <summary>Copies of more bytes to a device fail as out of memory.</summary>
    public long MaxCopyBytes { get; set; } = long.MaxValue;

    /// <summary>Copies to a device are done only when the stream is waited for, as if the session did not know our stream.</summary>
    public bool LateCopies { get; set; }

    /// <summary>Copies from a device fail with this code.</summary>
    public int? CopyBackFails { get; set; }

    /// <summary>The next wait for a stream fails with this code.</summary>
    public int? BrokenAtNextSynchronize { get; set; }

    /// <summary>A device of this number fails with this code at every call.</summary>
    public ConcurrentDictionary<int, int> Broken { get; } = [];

    /// <summary>Device, pinned and stream handles that were given out and not given back.</summary>
    public ConcurrentDictionary<nint, string> Held { get; } = [];

    public ConcurrentDictionary<int, int> OpenContexts { get; } = [];

    public CudaDevice Describe(int device)
    {
        Check(device);
        return new CudaDevice(device, $"Fake GPU {device}", $"0000:0{device}:00.0", $"GPU-{device}", ComputeCapability);
    }

    public ICudaContext Open(int device)
    {
        Check(device);
        OpenContexts.AddOrUpdate(device, 1, (_, open) => open + 1);
        return new Context(this, device);
    }

    private void Check(int device)
    {
        if (Broken.TryGetValue(device, out var code))
            throw new CudaException("cuFake", code, "told to fail");
    }

    private sealed class Context(FakeCuda owner, int device) : ICudaContext
    {
        private readonly ConcurrentQueue<Action> _late = [];

        public nint AllocateDevice(long bytes) => Take(bytes, "device");

        public void FreeDevice(nint address) => Give(address, "device");

        public nint AllocatePinned(long bytes) => Take(bytes, "pinned");

        public void FreePinned(nint address) => Give(address, "pinned");

        public nint CreateStream(bool besideDefault) => Take(8, "stream");

        public void DestroyStream(nint stream) => Give(stream, "stream");

        public void CopyToDevice(nint device, nint host, long bytes, nint stream)
        {
            if (bytes > owner.MaxCopyBytes)
                throw new CudaException("cuMemcpyHtoDAsync", 2, "out of memory");
            if (owner.LateCopies)
                _late.Enqueue(() => Copy(host, device, bytes, stream));
            else
                Copy(host, device, bytes, stream);
        }

        public void CopyToHost(nint host, nint device, long bytes, nint stream)
        {
            if (owner.CopyBackFails is { } code)
                throw new CudaException("cuMemcpyDtoHAsync", code, "told to fail");
            Copy(device, host, bytes, stream);
        }

        public void Synchronize(nint stream)
        {
            owner.Check(device);
            if (owner.BrokenAtNextSynchronize is { } code)
                throw new CudaException("cuStreamSynchronize", code, "told to fail");
            while (_late.TryDequeue(out var copy))
                copy();
        }

        public void Dispose() => owner.OpenContexts.AddOrUpdate(device, -1, (_, open) => open - 1);

        private unsafe void Copy(nint from, nint to, long bytes, nint stream)
        {
            owner.Check(device);
            Assert.Equal("stream", owner.Held[stream]);
            Buffer.MemoryCopy((void*)from, (void*)to, bytes, bytes);
        }

        private unsafe nint Take(long bytes, string kind)
        {
            owner.Check(device);
            var address = (nint)NativeMemory.AlignedAlloc((nuint)bytes, 64);
            owner.Held[address] = kind;
            return address;
        }

        private unsafe void Give(nint address, string kind)
        {
            owner.Check(device);
            Assert.True(owner.Held.TryRemove(address, out var was));
            Assert.Equal(kind, was);
            NativeMemory.AlignedFree((void*)address);
        }
    }
}

/// <summary>Sessions on the CPU under the name of the CUDA provider.</summary>
internal sealed class FakeCudaProvider(OnnxModel model, CudaTuning? tuning = null) : ICudaProvider
{
    private readonly byte[] _graph = model.Serialize();

    public CudaTuning? Tuning { get; } = tuning;

    public bool UsesDefaultStream => false;

    /// <summary>Nodes run on the CPU: under this name they are the provider's own, under any other they have fallen back.</summary>
    public string Name { get; init; } = "CPUExecutionProvider";

    /// <summary>Sessions that were opened: with graphs or without.</summary>
    public ConcurrentQueue<bool> Opened { get; } = [];

    /// <summary>Thrown by sessions that want CUDA graphs.</summary>
    public Exception? GraphFailure { get; set; }

    /// <summary>Thrown by all.</summary>
    public Exception? Failure { get; set; }

    public IReadOnlyDictionary<string, string> Options(int device, bool graphs) =>
        new Dictionary<string, string> { ["enable_cuda_graph"] = graphs ? "1" : "0" };

    public InferenceSession Open(int device, nint stream, bool graphs, string? profilePrefix = null)
    {
        if (Failure is not null)
            throw Failure;
        if (graphs && GraphFailure is not null)
            throw GraphFailure;
        Opened.Enqueue(graphs);
        using var options = OrtRuntime.CpuOptions(1, spinning: false);
        if (profilePrefix is not null)
            (options.EnableProfiling, options.ProfileOutputPathPrefix) = (true, profilePrefix);
        return new InferenceSession(_graph, options);
    }

    public OrtMemoryInfo MemoryOf(int device) => OrtMemoryInfo.DefaultInstance;
}
