using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using InferenceMeter.Inference;
using InferenceMeter.Inference.Cuda;
using InferenceMeter.Models;
using Microsoft.ML.OnnxRuntime;

namespace InferenceMeter.Tests.Inference.Cuda;

/// <summary>
/// A driver whose devices are the CPU: their memory is the host's, and what is queued is done at once.
/// </summary>
internal sealed class FakeCuda(int devices = 1) : ICudaDriver
{
    public Version CudaVersion { get; } = new(13, 0);

    public int DeviceCount { get; } = devices;

    public Version ComputeCapability { get; set; } = new(9, 0);

    /// <summary>Copies of more bytes to a device fail as out of memory.</summary>
    public long MaxCopyBytes { get; set; } = long.MaxValue;

    /// <summary>
    /// Copies to a device are done only when the stream is waited for, as if the session did not know our stream.
    /// </summary>
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

    /// <summary>Streams that capture, with the thread that began it.</summary>
    public ConcurrentDictionary<nint, int> Capturing { get; } = [];

    /// <summary>A capture cannot be ended.</summary>
    public bool CapturesForEver { get; set; }

    /// <summary>Threads to which a context was made current.</summary>
    public ConcurrentDictionary<int, bool> CurrentOn { get; } = [];

    public CudaDevice Describe(int device)
    {
        Check(device);
        return new CudaDevice
        {
            Index = device,
            Name = $"Fake GPU {device}",
            PciBusId = $"0000:0{device}:00.0",
            Uuid = $"GPU-{device}",
            ComputeCapability = ComputeCapability,
        };
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

        public void MakeCurrent() => owner.CurrentOn[Environment.CurrentManagedThreadId] = true;

        public bool EndCapture(nint stream)
        {
            owner.Check(device);
            if (owner.CapturesForEver)
                return !owner.Capturing.ContainsKey(stream);
            if (owner.Capturing.TryRemove(stream, out var began))
                Assert.Equal(began, Environment.CurrentManagedThreadId);
            return true;
        }

        public nint AllocateDevice(long bytes) => Take(bytes, "device");

        public void FreeDevice(nint address) => Give(address, "device");

        public nint AllocatePinned(long bytes) => Take(bytes, "pinned");

        public void FreePinned(nint address) => Give(address, "pinned");

        public nint CreateStream(bool besideDefault) => Take(8, "stream");

        public void DestroyStream(nint stream)
        {
            Assert.False(owner.Capturing.ContainsKey(stream));
            Give(stream, "stream");
        }

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
            MakeCurrent();
            owner.Check(device);
            if (owner.Capturing.ContainsKey(stream))
                throw new CudaException("cuStreamSynchronize", 900, "stream is capturing");
            if (owner.BrokenAtNextSynchronize is { } code)
                throw new CudaException("cuStreamSynchronize", code, "told to fail");
            while (_late.TryDequeue(out var copy))
                copy();
        }

        public void Dispose() => owner.OpenContexts.AddOrUpdate(device, -1, (_, open) => open - 1);

        private unsafe void Copy(nint from, nint to, long bytes, nint stream)
        {
            MakeCurrent();
            owner.Check(device);
            Assert.Equal("stream", owner.Held[stream]);
            Buffer.MemoryCopy((void*)from, (void*)to, bytes, bytes);
        }

        private unsafe nint Take(long bytes, string kind)
        {
            MakeCurrent();
            owner.Check(device);
            var address = (nint)NativeMemory.AlignedAlloc((nuint)bytes, 64);
            NativeMemory.Clear((void*)address, (nuint)bytes);
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
internal sealed class FakeCudaProvider(OnnxModel model, CudaTuning? tuning = null, FakeCudaRuns? runs = null)
    : ICudaProvider
{
    private readonly byte[] _graph = model.Serialize();

    public CudaTuning? Tuning { get; } = tuning;

    public bool UsesDefaultStream => false;

    public bool GraphsHoldOneShape { get; init; }

    /// <summary>
    /// Nodes run on the CPU: under this name they are the provider's own, under any other they have fallen back.
    /// </summary>
    public string Name { get; init; } = "CPUExecutionProvider";

    /// <summary>Sessions that were opened: with graphs or without.</summary>
    public ConcurrentQueue<bool> Opened { get; } = [];

    /// <summary>Thrown by sessions that want CUDA graphs.</summary>
    public Exception? GraphFailure { get; set; }

    /// <summary>Thrown by all.</summary>
    public Exception? Failure { get; set; }

    /// <summary>What a session does, and how it fails.</summary>
    public FakeCudaRuns Runs { get; } = runs ?? new();

    public IReadOnlyDictionary<string, string> Options(int device, bool graphs) =>
        new Dictionary<string, string> { ["enable_cuda_graph"] = graphs ? "1" : "0" };

    public ICudaSession Open(int device, nint stream, bool graphs, string? profilePrefix = null)
    {
        if (Failure is not null)
            throw Failure;
        if (graphs && GraphFailure is not null)
            throw GraphFailure;
        Opened.Enqueue(graphs);
        using var options = OrtRuntime.CpuOptions(1, spinning: false);
        if (profilePrefix is not null)
            (options.EnableProfiling, options.ProfileOutputPathPrefix) = (true, profilePrefix);
        // The session that counts nodes only runs once and is not of interest.
        var behaviour = profilePrefix is null ? Runs : new FakeCudaRuns();
        return new FakeCudaSession(
            new InferenceSession(_graph, options),
            behaviour,
            stream,
            graphs,
            GraphsHoldOneShape
        );
    }

    public OrtMemoryInfo MemoryOf(int device) => OrtMemoryInfo.DefaultInstance;
}

/// <summary>What the sessions of a fake provider did, and how they are to fail.</summary>
internal sealed class FakeCudaRuns
{
    /// <summary>Threads that captured, by graph.</summary>
    public ConcurrentQueue<(int Graph, int Thread)> Captured { get; } = [];

    /// <summary>Runs without a graph before each first capture.</summary>
    public ConcurrentQueue<int> PlainBeforeCapture { get; } = [];

    /// <summary>The device whose streams capture.</summary>
    public FakeCuda? Cuda { get; set; }

    /// <summary>Every capture fails with this, and leaves its stream capturing.</summary>
    public Exception? CaptureFails { get; set; }

    /// <summary>Runs of sessions with graphs fail with this until they have captured.</summary>
    public Exception? PlanningFails { get; set; }

    /// <summary>Every run fails with this.</summary>
    public Exception? AllFail { get; set; }

    /// <summary>Runs leave the answers as they are, as a device does that computes nothing.</summary>
    public bool DoNothing { get; set; }
}

/// <summary>
/// A session that behaves as ONNX Runtime does with graphs: it captures per thread and graph number, and a replay takes
/// no
/// notice of the shape that is bound.
/// </summary>
internal sealed class FakeCudaSession(
    InferenceSession session,
    FakeCudaRuns runs,
    nint stream,
    bool graphs,
    bool oneShape
) : ICudaSession
{
    private readonly Dictionary<(int Graph, int Thread), OrtIoBinding> _captured = [];
    private int _plain;

    public OrtIoBinding CreateBinding() => session.CreateIoBinding();

    public string EndProfiling() => session.EndProfiling();

    public void Run(OrtIoBinding binding, CudaRun run)
    {
        Assert.True(runs.Cuda?.CurrentOn.ContainsKey(Environment.CurrentManagedThreadId) ?? true);
        if (runs.AllFail is not null)
            throw runs.AllFail;
        if (runs.DoNothing)
            return;
        if (!graphs || run.Graph == CudaRun.NoGraph)
        {
            if (graphs && runs.PlanningFails is not null)
                throw runs.PlanningFails;
            _plain++;
            session.RunWithBinding(run.Options, binding);
            return;
        }

        // Providers of one shape keep one graph, whatever its number.
        var key = (oneShape ? 0 : run.Graph, Environment.CurrentManagedThreadId);
        if (!_captured.ContainsKey(key))
            Capture(binding, key);
        // A replay writes where the captured run wrote: what is bound now is left as it was.
        if (ReferenceEquals(_captured[key], binding))
            session.RunWithBinding(run.Options, binding);
    }

    public void Dispose()
    {
        Assert.False(
            runs.Cuda?.Capturing.ContainsKey(stream) ?? false,
            "torn down while its stream captures: that ends the process"
        );
        session.Dispose();
    }

    private void Capture(OrtIoBinding binding, (int Graph, int Thread) key)
    {
        runs.PlainBeforeCapture.Enqueue(_plain);
        _plain = 0;
        if (runs.CaptureFails is not null)
        {
            if (runs.Cuda is not null)
                runs.Cuda.Capturing[stream] = key.Thread;
            throw runs.CaptureFails;
        }

        _captured[key] = binding;
        runs.Captured.Enqueue(key);
    }
}
