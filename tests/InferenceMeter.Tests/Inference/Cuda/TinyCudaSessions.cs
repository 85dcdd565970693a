using InferenceMeter.Batching;
using InferenceMeter.Inference;
using InferenceMeter.Inference.Cuda;
using InferenceMeter.Models;
using InferenceMeter.Tests.Models;

namespace InferenceMeter.Tests.Inference.Cuda;

/// <summary>Opens the tiny model on a driver and a provider that stand on the CPU.</summary>
public abstract class TinyCudaSessions
{
    private protected FakeCuda Cuda { get; } = new();

    private protected List<string> Said { get; } = [];

    private protected FakeCudaRuns Runs { get; } = new();

    private protected FakeCudaProvider? Provider { get; set; }

    private protected static void Wait(DedicatedThread thread, Action action) =>
        thread.Run(action).GetAwaiter().GetResult();

    private protected static void Repeat(int times, Action action)
    {
        for (var i = 0; i < times; i++)
            action();
    }

    private protected int Held(string kind) => Cuda.Held.Values.Count(held => held == kind);

    private protected static OnnxModel Load(int? frozen = null) =>
        OnnxModelLoader.FromProto(new TinyModel { Batch = frozen }.Build(), "", "tiny");

    private protected CudaSessionFactory Open(OnnxModel model)
    {
        Provider = new FakeCudaProvider(model, runs: Runs);
        Runs.Cuda = Cuda;
        return CudaSessionFactory.Open(
            Cuda,
            Cuda.Describe(0),
            Provider,
            model.Values,
            model.Description,
            graphs: true,
            Said.Add
        );
    }

    private protected static long[] Answers(CudaSessionFactory gpu, int seed)
    {
        using var session = gpu.Create();
        using var batch = Batch(4, gpu.PixelMemory, seed);
        return [.. Enumerable.Range(0, 20).SelectMany(_ => session.Run(batch).Classes.ToArray())];
    }

    private protected static ImageBatch Batch(int size, IPixelMemory memory, int seed = 2)
    {
        var batch = new ImageBatch(size, TinyModel.Height, TinyModel.Width, memory) { Count = size };
        var random = new Random(seed);
        for (var i = 0; i < size; i++)
            random.NextBytes(batch.Slot(i));
        return batch;
    }
}
