using System.Runtime.CompilerServices;
using InferenceMeter.Batching;
using InferenceMeter.Models;
using Microsoft.ML.OnnxRuntime;

namespace InferenceMeter.Inference.Cuda;

/// <summary>
/// One instance on a CUDA device: a session with a stream and device buffers of its own. Pixels to the device, the run, and
/// the best classes back are queued on the stream and waited for once, so that two instances hide each other's copies.
/// </summary>
internal sealed class CudaInferenceSession : IInferenceSession
{
    /// <summary>Held while a session opens, captures or closes: ONNX Runtime then waits for the whole device, which ends a capture anywhere in the process.</summary>
    private static readonly Lock Capturing = new();

    private static readonly List<object> Abandoned = [];

    private readonly ICudaContext _context;
    private readonly int _device;
    private readonly ModelValues _names;
    private readonly ModelDescription _model;
    private readonly bool _graphs;
    private readonly nint _stream;
    private readonly InferenceSession _session;
    private readonly OrtMemoryInfo _memory;
    private readonly Action _withoutGraphs;
    private readonly ConditionalWeakTable<ImageBatch, BatchResult> _results = [];
    private CudaBuffers? _buffers;
    private bool _lost;

    /// <param name="context">The device.</param>
    /// <param name="provider">Opens the session.</param>
    /// <param name="device">CUDA's number of the device.</param>
    /// <param name="names">Of the graph's values.</param>
    /// <param name="model">Shape of its input, and how many classes it answers.</param>
    /// <param name="graphs">Replay full batches as CUDA graphs.</param>
    /// <param name="withoutGraphs">Called when one cannot be captured.</param>
    /// <exception cref="InferenceException">It cannot be opened.</exception>
    public CudaInferenceSession(
        ICudaContext context,
        ICudaProvider provider,
        int device,
        ModelValues names,
        ModelDescription model,
        bool graphs,
        Action withoutGraphs
    )
    {
        (_context, _device, _names, _model, _graphs, _withoutGraphs) = (
            context,
            device,
            names,
            model,
            graphs,
            withoutGraphs
        );
        try
        {
            lock (Capturing)
            {
                _stream = context.CreateStream(besideDefault: !provider.UsesDefaultStream);
                _session = provider.Open(device, _stream, graphs);
            }

            _memory = provider.MemoryOf(device);
        }
        catch (Exception e)
        {
            if (_stream != 0)
                Try(() => context.DestroyStream(_stream));
            if (e is OnnxRuntimeException or CudaException)
                throw CudaFaults.Wrap($"cuda:{device}: no session", e);
            throw;
        }
    }

    /// <inheritdoc/>
    public BatchResult Run(ImageBatch batch)
    {
        CheckFits(batch);
        try
        {
            // Always the full shape, over pixels that may lie there from before: a new shape would have every kernel planned
            // anew, and a full one is a graph's. What the surplus gives is not read.
            var images = _model.FixedBatch ?? batch.FullCount;
            var buffers = Buffers(images);
            _context.CopyToDevice(buffers.Pixels, batch.Address, (long)batch.Count * batch.BytesPerImage, _stream);
            Queue(buffers, images);
            buffers.FetchAnswers(images, _stream);
            _context.Synchronize(_stream);
            if (!_results.TryGetValue(batch, out var result))
                _results.Add(batch, result = new BatchResult(batch.Capacity, _model.Top));
            buffers.ReadAnswers(images, batch.Count, result);
            return result;
        }
        catch (Exception e) when (e is OnnxRuntimeException or CudaException)
        {
            throw Failed(batch.Count, e);
        }
    }

    /// <summary>Runs so many images that lie on the device already, and leaves the answers there: computing alone.</summary>
    /// <exception cref="InferenceException">It could not be run.</exception>
    public void RunOnDevice(int images)
    {
        try
        {
            Queue(Buffers(images), images);
            _context.Synchronize(_stream);
        }
        catch (Exception e) when (e is OnnxRuntimeException or CudaException)
        {
            throw Failed(images, e);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_lost)
        {
            // ONNX Runtime ends the process when it cannot free its graphs: what was on a lost device stays as it is, also for the finalizer.
            lock (Abandoned)
                Abandoned.AddRange([_session, _buffers!]);
            return;
        }

        lock (Capturing)
        {
            Try(() => _buffers?.Dispose());
            Try(_session.Dispose);
            Try(() => _context.DestroyStream(_stream));
        }
    }

    private InferenceException Failed(int images, Exception e)
    {
        if (CudaFaults.IsCapture(e))
            _withoutGraphs();
        try
        {
            // Libraries between the driver and us have words of their own for a device that is gone; the driver knows.
            if (CudaFaults.FaultOf(e) == InferenceFault.Failed)
                _context.Synchronize(_stream);
        }
        catch (CudaException told) when (CudaFaults.FaultOf(told) == InferenceFault.DeviceLost)
        {
            e = told;
        }
        catch (CudaException)
        {
            // What was said first says more.
        }

        var failure = CudaFaults.Wrap($"{_model.Name} on cuda:{_device}: a batch of {images} failed", e);
        _lost |= failure.Fault == InferenceFault.DeviceLost;
        return failure;
    }

    private void Queue(CudaBuffers buffers, int images)
    {
        var bound = buffers.For(images);
        if (!_graphs || bound.Runs >= CudaBuffers.RunsUntilCaptured)
        {
            _session.RunWithBinding(bound.Options, bound.Binding);
            return;
        }

        lock (Capturing)
        {
            _session.RunWithBinding(bound.Options, bound.Binding);
            _context.Synchronize(_stream);
            bound.Runs++;
        }
    }

    private CudaBuffers Buffers(int capacity)
    {
        if (_buffers?.Capacity >= capacity)
            return _buffers;
        _buffers?.Dispose();
        _buffers = null;
        return _buffers = new CudaBuffers(_context, _session, _memory, _names, _model, _graphs, capacity);
    }

    private void CheckFits(ImageBatch batch)
    {
        if (batch.Height != _model.Height || batch.Width != _model.Width)
            throw new InferenceException(
                $"{_model.Name} takes {_model.Height} x {_model.Width} pixels, the batch has {batch.Height} x {batch.Width}"
            );
        if (_model.FixedBatch is { } size && size != batch.Capacity)
            throw new InferenceException(
                $"{_model.Name} is frozen to batches of {size}, the batch has room for {batch.Capacity}"
            );
        if (batch.Count < 1 || batch.Count > batch.FullCount)
            throw new InferenceException($"a batch of {batch.FullCount} cannot hold {batch.Count} images");
    }

    private static void Try(Action free)
    {
        try
        {
            free();
        }
        catch (Exception e) when (e is CudaException or OnnxRuntimeException)
        {
            // A device that is gone has nothing left to free.
        }
    }
}
