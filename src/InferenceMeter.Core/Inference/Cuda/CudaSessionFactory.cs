using InferenceMeter.Batching;
using InferenceMeter.Models;
using Microsoft.ML.OnnxRuntime;

namespace InferenceMeter.Inference.Cuda;

/// <summary>
/// Sessions on one CUDA device. ONNX Runtime allows a session with CUDA graphs, and one with a stream of the caller's, only
/// one run at a time, so instances that overlap are sessions of their own. Each has its own weights: in NHWC the
/// provider's convolutions lay them out anew when a session loads, so there would be nothing left to share.
/// </summary>
internal sealed class CudaSessionFactory : IDeviceSessionFactory
{
    // A profile of one run; some hundred bytes a node.
    private const long ProfileBytes = 16 << 20;

    // Of a probability: kernels may add in another order from run to run.
    private const float Tolerance = 0.02f;

    private readonly ICudaContext _context;
    private readonly ICudaProvider _provider;
    private readonly CudaDevice _device;
    private readonly ModelValues _names;
    private readonly PinnedMemory _memory;

    private CudaSessionFactory(
        ICudaContext context,
        ICudaProvider provider,
        CudaDevice device,
        ModelValues names,
        ModelDescription model,
        Version cuda
    )
    {
        (_context, _provider, _device, _names, Model, _memory) = (
            context,
            provider,
            device,
            names,
            model,
            new PinnedMemory(context)
        );
        Facts = new DeviceFacts
        {
            Device = $"cuda:{device.Index}",
            Provider = provider.Name,
            Name = device.Name,
            PciBusId = device.PciBusId,
            Uuid = device.Uuid,
            CudaVersion = $"{cuda}",
        };
    }

    /// <inheritdoc/>
    public ModelDescription Model { get; }

    /// <inheritdoc/>
    public DeviceFacts Facts { get; private set; }

    /// <inheritdoc/>
    public string Device => Facts.Device;

    /// <inheritdoc/>
    public string Provider => Facts.Provider;

    /// <inheritdoc/>
    public IPixelMemory PixelMemory => _memory;

    /// <summary>Opens a device and proves that it works: a session, and a batch through it.</summary>
    /// <param name="driver">The driver.</param>
    /// <param name="device">Which one.</param>
    /// <param name="provider">Opens the sessions.</param>
    /// <param name="names">Of the graph's values.</param>
    /// <param name="model">With the precision that will be computed in.</param>
    /// <param name="graphs">Use CUDA graphs if the model allows them.</param>
    /// <param name="say">Told, in one line, what does not work as wished.</param>
    /// <exception cref="InferenceException">It does not work; the message says what is missing.</exception>
    public static CudaSessionFactory Open(
        ICudaDriver driver,
        CudaDevice device,
        ICudaProvider provider,
        ModelValues names,
        ModelDescription model,
        bool graphs,
        Action<string> say
    )
    {
        ICudaContext? context = null;
        try
        {
            context = driver.Open(device.Index);
            var factory = new CudaSessionFactory(context, provider, device, names, model, driver.CudaVersion);
            factory.CountNodes(say);
            factory.TryGraphs(graphs, say);
            return factory;
        }
        catch (Exception e)
        {
            context?.Dispose();
            if (e is CudaException or OnnxRuntimeException)
                throw CudaFaults.Wrap($"cuda:{device.Index}", e);
            throw;
        }
    }

    /// <inheritdoc/>
    public IInferenceSession Create() => Open(Facts.CudaGraphs);

    /// <inheritdoc/>
    public IBareLoop CreateBareLoop(int batchSize) =>
        new CudaBareLoop(Open(Facts.CudaGraphs), Model.FixedBatch ?? batchSize);

    /// <inheritdoc/>
    public void Dispose() => _context.Dispose();

    private CudaInferenceSession Open(bool graphs) =>
        new(_context, _provider, _device.Index, _names, Model, graphs, withoutGraphs: () => SetGraphs(false));

    /// <summary>One batch, with ONNX Runtime's profile on where it can be written: the proof that the device works, and what of the graph it takes.</summary>
    private void CountNodes(Action<string> say)
    {
        var folder = TemporaryFolder.Create(ProfileBytes, out var problem);
        if (folder is null)
            say($"{Device}: the nodes that it runs are not counted: {problem}");
        var stream = _context.CreateStream(besideDefault: !_provider.UsesDefaultStream);
        try
        {
            using var session = _provider.Open(
                _device.Index,
                stream,
                graphs: false,
                folder is null ? null : Path.Combine(folder, "profile")
            );
            using var buffers = new CudaBuffers(
                _context,
                session,
                _provider.MemoryOf(_device.Index),
                _names,
                Model,
                graphs: false,
                Model.FixedBatch ?? 1
            );
            var bound = buffers.For(buffers.Capacity);
            session.RunWithBinding(bound.Options, bound.Binding);
            _context.Synchronize(stream);
            if (folder is not null)
                Count(NodeAssignment.TakeProfile(session.EndProfiling()));
        }
        finally
        {
            _context.DestroyStream(stream);
            TemporaryFolder.Delete(folder ?? "");
        }
    }

    private void Count(IReadOnlyDictionary<string, int> nodes)
    {
        // What TensorRT does not take goes to CUDA, which is no fall-back.
        var own = nodes
            .Where(pair => pair.Key == _provider.Name || pair.Key == ProviderNames.OnnxRuntime(ProviderNames.Cuda))
            .Sum(pair => pair.Value);
        if (own == 0)
            throw new InferenceException($"{Device}: ONNX Runtime runs every node of the model on the CPU");
        Facts = Facts with { NodesOnProvider = own, NodesOnCpu = nodes.Values.Sum() - own };
    }

    private void TryGraphs(bool wanted, Action<string> say)
    {
        if (Facts.NodesOnCpu > 0)
            say(
                $"{Device}: {Facts.NodesOnCpu} of {Facts.NodesOnCpu + Facts.NodesOnProvider} nodes of the model run on the CPU"
            );
        try
        {
            if (wanted)
                Prove(graphs: true);
        }
        catch (InferenceException e) when (e.Fault != InferenceFault.DeviceLost)
        {
            say($"{Device}: no CUDA graphs: {e.Message}");
            wanted = false;
        }

        if (!wanted)
            Prove(graphs: false);
        SetGraphs(wanted);
    }

    /// <summary>Two pictures in turns must be answered alike each time: an answer that is read too early is that of the picture before.</summary>
    private void Prove(bool graphs)
    {
        using var session = Open(graphs);
        ImageBatch[] pictures = [Picture(0), Picture(1)];
        try
        {
            var first = pictures.Select(picture => session.Run(picture).Probabilities.ToArray()).ToArray();
            // As often as it takes until graphs are captured and replayed.
            for (var i = 0; i < 2 * CudaBuffers.RunsUntilCaptured; i++)
            {
                var again = session.Run(pictures[i % 2]).Probabilities;
                if (first[i % 2].Zip(again).Any(pair => !(Math.Abs(pair.First - pair.Second) <= Tolerance)))
                    throw new InferenceException("the same picture is answered differently from run to run");
            }
        }
        finally
        {
            foreach (var picture in pictures)
                picture.Dispose();
        }
    }

    private ImageBatch Picture(int seed)
    {
        var batch = new ImageBatch(Model.FixedBatch ?? 1, Model.Height, Model.Width, _memory);
        batch.Count = batch.Capacity;
        // Dark noise and bright noise: no classifier takes them for the same.
        for (var i = 0; i < batch.Count; i++)
        {
            new Random(seed).NextBytes(batch.Slot(i));
            foreach (ref var value in batch.Slot(i))
                value = (byte)((value / 2) + (128 * seed));
        }

        return batch;
    }

    private void SetGraphs(bool on) =>
        Facts = Facts with { CudaGraphs = on, Options = _provider.Options(_device.Index, on) };
}
