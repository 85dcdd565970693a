using InferenceMeter.Batching;
using InferenceMeter.Inference;
using InferenceMeter.Models;

namespace InferenceMeter.ServiceTests.Api;

/// <summary>A GPU as the service sees it: sessions that answer at once until it is told to fail.</summary>
internal sealed class FakeGpu(int number, string pciBusId, string model = "resnet50") : IDeviceSessionFactory
{
    public InferenceFault? Failing { get; set; }

    public int MaxImages { get; set; } = int.MaxValue;

    public ModelDescription Model { get; } =
        new()
        {
            Name = model,
            Sha256 = "00",
            Weights = "synthetic",
            Precision = "fp16",
            Height = 8,
            Width = 8,
            Classes = 10,
            ResizeShorterSide = 8,
        };

    public DeviceFacts Facts { get; } =
        new()
        {
            Device = $"cuda:{number}",
            Provider = "CUDAExecutionProvider",
            Name = $"GPU model {number}",
            PciBusId = pciBusId,
            CudaVersion = "13.0",
            Options = new Dictionary<string, string> { ["prefer_nhwc"] = "1" },
            NodesOnProvider = 120,
            NodesOnCpu = 0,
            CudaGraphs = true,
        };

    public string Device => Facts.Device;

    public string Provider => Facts.Provider;

    /// <summary>Batch sizes and numbers of sessions that were proved.</summary>
    public List<(int BatchSize, int Sessions)> Proved { get; } = [];

    public void Prove(int batchSize, int sessions, Action<string> say) => Proved.Add((batchSize, sessions));

    public IInferenceSession Create() => new Session(this);

    public IBareLoop CreateBareLoop(int batchSize) => throw new NotSupportedException();

    public void Dispose() { }

    private sealed class Session(FakeGpu owner) : IInferenceSession
    {
        public BatchResult Run(ImageBatch batch)
        {
            if (owner.Failing is { } fault)
                throw new InferenceException("CUDA failure 719: unspecified launch failure") { Fault = fault };
            if (batch.Count > owner.MaxImages)
                throw new InferenceException("out of memory") { Fault = InferenceFault.OutOfMemory };
            Delays.SlowWork(TimeSpan.FromMilliseconds(1));
            return new BatchResult(batch.Capacity, owner.Model.Top);
        }

        public void Dispose() { }
    }
}
