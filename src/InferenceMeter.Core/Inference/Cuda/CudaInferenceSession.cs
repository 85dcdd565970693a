using System.Runtime.CompilerServices;
using InferenceMeter.Batching;
using InferenceMeter.Models;
using Microsoft.ML.OnnxRuntime;

namespace InferenceMeter.Inference.Cuda;

/// <summary>
/// One instance on a CUDA device: a session with a stream and device buffers of its own. Pixels to the device, the run,
/// and
/// the best classes back are queued on the stream and waited for once, so that two instances hide each other's copies.
/// </summary>
internal sealed class CudaInferenceSession : IInferenceSession
{
    /// <summary>
    /// Held while a session opens, captures or closes: ONNX Runtime then waits for the whole device, which ends a
    /// capture anywhere in the process.
    /// </summary>
    private static readonly Lock Capturing = new();

    private static readonly List<object> Abandoned = [];

    private readonly ICudaContext _context;
    private readonly ICudaProvider _provider;
    private readonly int _device;
    private readonly ModelValues _names;
    private readonly ModelDescription _model;
    private readonly nint _stream;
    private readonly OrtMemoryInfo _memory;
    private readonly Action<Exception> _withoutGraphs;
    private readonly ConditionalWeakTable<ImageBatch, BatchResult> _results = [];
    private ICudaSession? _session;
    private CudaBuffers? _buffers;
    private bool _graphs;
    private int _shape;
    private RunPhase _phase;
    private Exception? _graphFailure;
    private bool _unusable;

    /// <param name="context">The device.</param>
    /// <param name="provider">Opens the session.</param>
    /// <param name="device">CUDA's number of the device.</param>
    /// <param name="names">Of the graph's values.</param>
    /// <param name="model">Shape of its input, and how many classes it answers.</param>
    /// <param name="graphs">Replay full batches as CUDA graphs.</param>
    /// <param name="withoutGraphs">Called with the reason when a graph cannot be captured and a run without one
    /// works.</param>
    /// <exception cref="InferenceException">It cannot be opened.</exception>
    public CudaInferenceSession(
        ICudaContext context,
        ICudaProvider provider,
        int device,
        ModelValues names,
        ModelDescription model,
        bool graphs,
        Action<Exception> withoutGraphs
    )
    {
        _context = context;
        _provider = provider;
        _device = device;
        (_names, _model) = (names, model);
        (_graphs, _withoutGraphs) = (graphs, withoutGraphs);
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

    private enum RunPhase
    {
        /// <summary>No run is under way, or one that replays a graph or needs none.</summary>
        Steady,

        /// <summary>A run that plans kernels and allocates, before the captured one.</summary>
        Planning,

        /// <summary>A run that is captured.</summary>
        Capturing,
    }

    /// <inheritdoc/>
    public BatchResult Run(ImageBatch batch)
    {
        CheckFits(batch);
        while (true)
        {
            try
            {
                var result = RunOnce(batch);
                ReportGraphFailure();
                return result;
            }
            catch (Exception e) when (e is OnnxRuntimeException or CudaException)
            {
                if (!TryWithoutGraphs(e))
                    throw Failed(batch.Count, e);
            }
        }
    }

    /// <summary>
    /// Runs so many images that lie on the device already, and leaves the answers there: computing alone.
    /// </summary>
    /// <exception cref="InferenceException">It could not be run.</exception>
    public void RunOnDevice(int images)
    {
        while (true)
        {
            try
            {
                Queue(Buffers(images), images, scores: false);
                _context.Synchronize(_stream);
                ReportGraphFailure();
                return;
            }
            catch (Exception e) when (e is OnnxRuntimeException or CudaException)
            {
                if (!TryWithoutGraphs(e))
                    throw Failed(images, e);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_unusable)
        {
            // ONNX Runtime ends the process when it cannot free its graphs: what was on a lost device, or on a stream
            // that
            // captures for ever, stays as it is, also for the finalizer.
            lock (Abandoned)
                Abandoned.AddRange([_session!, _buffers!]);
            return;
        }

        lock (Capturing)
        {
            Try(() => _buffers?.Dispose());
            Try(() => _session?.Dispose());
            Try(() => _context.DestroyStream(_stream));
        }
    }

    private BatchResult RunOnce(ImageBatch batch)
    {
        // Always the full shape, over pixels that may lie there from before: a new shape would have every kernel
        // planned
        // anew, and a full one is a graph's. What the surplus gives is not read.
        var images = _model.FixedBatch ?? batch.FullCount;
        var buffers = Buffers(images);
        _context.CopyToDevice(buffers.Pixels, batch.Address, (long)batch.Count * batch.BytesPerImage, _stream);
        Queue(buffers, images, batch.WantsScores);
        buffers.FetchAnswers(images, _stream);
        if (batch.WantsScores)
            buffers.FetchScores(batch.Count, _stream);
        _context.Synchronize(_stream);
        if (!_results.TryGetValue(batch, out var result))
        {
            result = new BatchResult(batch.Capacity, _model.Top);
            _results.Add(batch, result);
        }

        buffers.ReadAnswers(images, batch.Count, result);
        if (batch.WantsScores)
            buffers.ReadScores(batch.Count, result);
        return result;
    }

    /// <summary>Opens the session anew without graphs, if graphs may be why a run failed.</summary>
    /// <returns>Whether the run is worth repeating.</returns>
    private bool TryWithoutGraphs(Exception e)
    {
        var phase = _phase;
        _phase = RunPhase.Steady;
        if (!_graphs)
            return false;
        LeaveCapture();
        var fault = CudaFaults.FaultOf(e);
        if (_unusable || fault == InferenceFault.DeviceLost)
            return false;
        // The arena cannot grow in a capture, which reads as out of memory; only a run without graphs tells.
        var mayBeGraphs =
            CudaFaults.IsCapture(e)
            || phase == RunPhase.Capturing
            || (phase == RunPhase.Planning && fault == InferenceFault.OutOfMemory);
        if (!mayBeGraphs)
            return false;
        _graphFailure = e;
        Reopen(graphs: false);
        return true;
    }

    private void ReportGraphFailure()
    {
        if (_graphFailure is null)
            return;
        _withoutGraphs(_graphFailure);
        _graphFailure = null;
    }

    /// <summary>A session that is torn down while its stream still captures ends the process.</summary>
    private void LeaveCapture()
    {
        try
        {
            if (!_context.EndCapture(_stream))
                _unusable = true;
        }
        catch (CudaException)
        {
            // The failure that led here says more.
        }
    }

    private void Reopen(bool graphs)
    {
        lock (Capturing)
        {
            Try(() => _buffers?.Dispose());
            _buffers = null;
            Try(() => _session?.Dispose());
            _session = null;
            try
            {
                _session = _provider.Open(_device, _stream, graphs);
            }
            catch (Exception e) when (e is OnnxRuntimeException or CudaException)
            {
                throw CudaFaults.Wrap($"cuda:{_device}: no session", e);
            }

            (_graphs, _shape) = (graphs, 0);
        }
    }

    private InferenceException Failed(int images, Exception e)
    {
        if (CudaFaults.IsCapture(e))
            _withoutGraphs(e);
        try
        {
            // Libraries between the driver and us have words of their own for a device that is gone; the driver knows.
            if (!_unusable && CudaFaults.FaultOf(e) == InferenceFault.Failed)
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
        _unusable |= failure.Fault == InferenceFault.DeviceLost;
        return failure;
    }

    private void Queue(CudaBuffers buffers, int images, bool scores)
    {
        var bound = scores ? buffers.WithScores(images) : buffers.For(images);
        // The bare loop copies nothing, so nothing else has made the context current to this thread.
        _context.MakeCurrent();
        if (bound.Graphed is null)
        {
            Session.Run(bound.Binding, bound.Plain);
            return;
        }

        var runs = bound.RunsOfThisThread;
        if (runs >= CudaBuffers.RunsUntilCaptured)
        {
            Session.Run(bound.Binding, bound.Graphed);
            return;
        }

        lock (Capturing)
        {
            _phase = runs < CudaBuffers.PlainRuns ? RunPhase.Planning : RunPhase.Capturing;
            try
            {
                Session.Run(bound.Binding, _phase == RunPhase.Planning ? bound.Plain : bound.Graphed);
            }
            catch
            {
                // Before the lock is let go: what another session does next may wait for the whole device.
                LeaveCapture();
                throw;
            }

            _context.Synchronize(_stream);
            _phase = RunPhase.Steady;
            bound.CountRun();
        }
    }

    private ICudaSession Session =>
        _session ?? throw new InferenceException($"cuda:{_device}: the session could not be opened again");

    private CudaBuffers Buffers(int images)
    {
        if (_shape != images)
        {
            if (_shape != 0 && _graphs && _provider.GraphsHoldOneShape)
                Reopen(graphs: true);
            _shape = images;
        }

        if (_buffers?.Capacity >= images)
            return _buffers;
        _buffers?.Dispose();
        _buffers = null;
        return _buffers = new CudaBuffers(_context, Session, _memory, _names, _model, _graphs, images);
    }

    private void CheckFits(ImageBatch batch)
    {
        if (batch.Height != _model.Height || batch.Width != _model.Width)
            throw new InferenceException(
                $"{_model.Name} takes {_model.Height} x {_model.Width} pixels, the batch has "
                    + $"{batch.Height} x {batch.Width}"
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
