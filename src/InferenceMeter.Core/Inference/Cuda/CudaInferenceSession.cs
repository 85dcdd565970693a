using System.Numerics;
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
    private readonly ICudaContext _context;
    private readonly ICudaProvider _provider;
    private readonly int _device;
    private readonly ModelValues _names;
    private readonly ModelDescription _model;
    private readonly bool _graphs;
    private readonly nint _stream;
    private readonly InferenceSession _session;
    private readonly OrtMemoryInfo _memory;
    private readonly ConditionalWeakTable<ImageBatch, BatchResult> _results = [];
    private CudaBuffers? _buffers;

    /// <exception cref="InferenceException">It cannot be opened.</exception>
    public CudaInferenceSession(ICudaContext context, ICudaProvider provider, int device, ModelValues names, ModelDescription model, bool graphs)
    {
        (_context, _provider, _device, _names, _model, _graphs) = (context, provider, device, names, model, graphs);
        try
        {
            _stream = context.CreateStream();
            _session = provider.Open(device, _stream, graphs);
            _memory = provider.MemoryOf(device);
        }
        catch (Exception e)
        {
            if (_stream != 0) Try(() => context.DestroyStream(_stream));
            if (e is OnnxRuntimeException or CudaException) throw CudaFaults.Wrap($"cuda:{device}: no session", e);
            throw;
        }
    }

    /// <inheritdoc/>
    public BatchResult Run(ImageBatch batch)
    {
        CheckFits(batch);
        try
        {
            var (buffers, images) = (Buffers(_model.FixedBatch ?? batch.FullCount), Shape(batch));
            _context.CopyToDevice(buffers.Pixels, batch.Address, (long)batch.Count * batch.BytesPerImage, _stream);
            Queue(buffers, images, IsFull(batch, images));
            buffers.FetchAnswers(images, _stream);
            _context.Synchronize(_stream);
            if (!_results.TryGetValue(batch, out var result)) _results.Add(batch, result = new BatchResult(batch.Capacity, _model.Top));
            buffers.ReadAnswers(images, batch.Count, result);
            return result;
        }
        catch (Exception e) when (e is OnnxRuntimeException or CudaException)
        {
            throw CudaFaults.Wrap($"{_model.Name} on cuda:{_device}: a batch of {batch.Count} failed", e);
        }
    }

    /// <summary>Runs so many images that lie on the device already, and leaves the answers there: computing alone.</summary>
    /// <exception cref="InferenceException">It could not be run.</exception>
    public void RunOnDevice(int images)
    {
        try
        {
            Queue(Buffers(images), images, _graphs);
            _context.Synchronize(_stream);
        }
        catch (Exception e) when (e is OnnxRuntimeException or CudaException)
        {
            throw CudaFaults.Wrap($"{_model.Name} on cuda:{_device}: a batch of {images} failed", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // On a lost device nothing can be freed, and nothing needs to be.
        Try(() => _buffers?.Dispose());
        Try(_session.Dispose);
        Try(() => _context.DestroyStream(_stream));
    }

    private void Queue(CudaBuffers buffers, int images, bool graph)
    {
        var bound = buffers.For(images, graph);
        _session.RunWithBinding(bound.Options, bound.Binding);
    }

    private CudaBuffers Buffers(int capacity)
    {
        if (_buffers?.Capacity >= capacity) return _buffers;
        _buffers?.Dispose();
        _buffers = null;
        return _buffers = new CudaBuffers(_context, _session, _memory, _names, _model, capacity);
    }

    /// <summary>
    /// Every new shape costs a search for the fastest kernels, so a partial batch is run at the next power of two, over
    /// pixels that lie there from before; what they give is not read.
    /// </summary>
    private int Shape(ImageBatch batch) => _model.FixedBatch
        ?? (batch.Count * 2 > batch.FullCount ? batch.FullCount : (int)BitOperations.RoundUpToPowerOf2((uint)batch.Count));

    private bool IsFull(ImageBatch batch, int images) => _graphs && images == (_model.FixedBatch ?? batch.FullCount);

    private void CheckFits(ImageBatch batch)
    {
        if (batch.Height != _model.Height || batch.Width != _model.Width)
            throw new InferenceException($"{_model.Name} takes {_model.Height} x {_model.Width} pixels, the batch has {batch.Height} x {batch.Width}");
        if (_model.FixedBatch is { } size && size != batch.Capacity)
            throw new InferenceException($"{_model.Name} is frozen to batches of {size}, the batch has room for {batch.Capacity}");
        if (batch.Count < 1 || batch.Count > batch.FullCount) throw new InferenceException($"a batch of {batch.FullCount} cannot hold {batch.Count} images");
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
