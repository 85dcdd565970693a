using InferenceMeter.Batching;
using InferenceMeter.Models;
using Microsoft.ML.OnnxRuntime;

namespace InferenceMeter.Inference.Cuda;

/// <summary>
/// Sessions on one CUDA device. ONNX Runtime allows a session with CUDA graphs, and one with a stream of the caller's,
/// only
/// one run at a time, so instances that overlap are sessions of their own. Each has its own weights: in NHWC the
/// provider's convolutions lay them out anew when a session loads, so there would be nothing left to share.
/// </summary>
internal sealed class CudaSessionFactory : IDeviceSessionFactory
{
    // A profile of one run; some hundred bytes a node.
    private const long ProfileBytes = 16 << 20;

    private readonly ICudaContext _context;
    private readonly ICudaProvider _provider;
    private readonly CudaDevice _device;
    private readonly ModelValues _names;
    private readonly PinnedMemory _memory;
    private Exception? _graphFailure;

    private CudaSessionFactory(
        ICudaContext context,
        ICudaProvider provider,
        CudaDevice device,
        ModelValues names,
        ModelDescription model,
        Version cuda
    )
    {
        _context = context;
        _provider = provider;
        _device = device;
        _names = names;
        Model = model;
        _memory = new PinnedMemory(context);
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
    /// <param name="warn">Told, in one line, what does not work as wished.</param>
    /// <exception cref="InferenceException">It does not work; the message says what is missing.</exception>
    public static CudaSessionFactory Open(
        ICudaDriver driver,
        CudaDevice device,
        ICudaProvider provider,
        ModelValues names,
        ModelDescription model,
        bool graphs,
        Action<string> warn
    )
    {
        ICudaContext? context = null;
        try
        {
            context = driver.Open(device.Index);
            var factory = new CudaSessionFactory(context, provider, device, names, model, driver.CudaVersion);
            factory.CountNodes(warn);
            factory.SetGraphs(graphs);
            factory.Prove(1, 1, warn);
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

    /// <inheritdoc/>
    public void Prove(int batchSize, int sessions, Action<string> warn)
    {
        var images = Model.FixedBatch ?? batchSize;
        if (Facts.CudaGraphs)
        {
            var reason = WhyNoGraphs(images, sessions);
            if (reason is null)
                return;
            warn($"{Device}: no CUDA graphs: {reason}");
            SetGraphs(false);
        }

        ProveAnswers(images, sessions);
    }

    /// <summary>Why graphs cannot be used for batches of a size; <see langword="null"/> when they can.</summary>
    private string? WhyNoGraphs(int images, int sessions)
    {
        try
        {
            ProveAnswers(images, sessions);
            return _graphFailure is null ? null : CudaFaults.Explain(_graphFailure);
        }
        catch (InferenceException e) when (e.Fault != InferenceFault.DeviceLost)
        {
            return e.Message;
        }
    }

    private CudaInferenceSession Open(bool graphs) =>
        new(_context, _provider, _device.Index, _names, Model, graphs, GiveUpGraphs);

    private void GiveUpGraphs(Exception reason)
    {
        _graphFailure = reason;
        SetGraphs(false);
    }

    /// <summary>
    /// One batch, with ONNX Runtime's profile on where it can be written: the proof that the device works, and what of
    /// the graph it takes.
    /// </summary>
    private void CountNodes(Action<string> warn)
    {
        var folder = TemporaryFolder.Create(ProfileBytes, out var problem);
        if (folder is null)
            warn($"{Device}: the nodes that it runs are not counted: {problem}");
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
            session.Run(bound.Binding, bound.Plain);
            _context.Synchronize(stream);
            if (folder is not null)
                Count(NodeAssignment.TakeProfile(session.EndProfiling()), warn);
        }
        finally
        {
            _context.DestroyStream(stream);
            TemporaryFolder.Delete(folder ?? "");
        }
    }

    private void Count(IReadOnlyDictionary<string, int> nodes, Action<string> warn)
    {
        // What TensorRT does not take goes to CUDA, which is no fall-back.
        var own = nodes
            .Where(pair => pair.Key == _provider.Name || pair.Key == ExecutionProvider.Cuda.OnnxRuntimeName())
            .Sum(pair => pair.Value);
        if (own == 0)
            throw new InferenceException($"{Device}: ONNX Runtime runs every node of the model on the CPU");
        Facts = Facts with { NodesOnProvider = own, NodesOnCpu = nodes.Values.Sum() - own };
        if (Facts.NodesOnCpu > 0)
            warn($"{Device}: {Facts.NodesOnCpu} of {Facts.NodesOnCpu + own} nodes of the model run on the CPU");
    }

    /// <summary>
    /// Runs two different batches in turns, on one session or on several at once. Each must be answered alike every
    /// time:
    /// an answer that is read too early is that of the batch before.
    /// </summary>
    private void ProveAnswers(int images, int sessions)
    {
        using var dark = TrialPictures.Create(images, Model, _memory, bright: false);
        using var bright = TrialPictures.Create(images, Model, _memory, bright: true);
        ImageBatch[] pictures = [dark, bright];
        var lanes = Enumerable.Range(0, sessions).Select(_ => new DedicatedThread()).ToArray();
        var opened = new IInferenceSession?[sessions];
        try
        {
            OnAll(lanes, lane => opened[lane] = Open(Facts.CudaGraphs));
            TrialAnswers[] expected = [];
            lanes[0]
                .Run(() => expected = [.. pictures.Select(batch => TrialAnswers.Of(opened[0]!.Run(batch)))])
                .GetAwaiter()
                .GetResult();
            if (expected[0].IsLike(expected[1]))
                throw new InferenceException(
                    "two different pictures are answered alike: "
                        + "the device does not compute, or the model ignores its input"
                );
            OnAll(lanes, lane => CompareInTurns(opened[lane]!, pictures, expected, lane));
        }
        finally
        {
            OnAll(lanes, lane => opened[lane]?.Dispose());
            foreach (var lane in lanes)
                lane.Dispose();
        }
    }

    private static void CompareInTurns(
        IInferenceSession session,
        ImageBatch[] pictures,
        TrialAnswers[] expected,
        int first
    )
    {
        // As often as it takes until graphs are captured, and each picture replayed.
        for (var i = 0; i < CudaBuffers.RunsUntilCaptured + 4; i++)
        {
            var turn = (first + i) % pictures.Length;
            if (!expected[turn].IsLike(TrialAnswers.Of(session.Run(pictures[turn]))))
                throw new InferenceException("the same picture is answered differently from run to run");
        }
    }

    private static void OnAll(DedicatedThread[] lanes, Action<int> action) =>
        Task.WhenAll(lanes.Select((thread, lane) => thread.Run(() => action(lane)))).GetAwaiter().GetResult();

    private void SetGraphs(bool on) =>
        Facts = Facts with { CudaGraphs = on, Options = _provider.Options(_device.Index, on) };
}
