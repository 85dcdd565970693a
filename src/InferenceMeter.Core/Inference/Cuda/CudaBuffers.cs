using InferenceMeter.Models;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace InferenceMeter.Inference.Cuda;

/// <summary>
/// The memory that one session reads and writes on its device, for batches of up to a number of images, and the
/// bindings
/// to it, one for each shape: addresses that never change are what a CUDA graph needs.
/// </summary>
internal sealed class CudaBuffers : IDisposable
{
    /// <summary>
    /// Runs of a shape before the first captured one: they plan its kernels and grow the arena, which a capture does
    /// not allow.
    /// </summary>
    public const int PlainRuns = 2;

    /// <summary>The plain runs, ONNX Runtime's own run before a capture, the capture, and a spare one.</summary>
    public const int RunsUntilCaptured = PlainRuns + 3;

    private readonly ICudaContext _context;
    private readonly ICudaSession _session;
    private readonly OrtMemoryInfo _memory;
    private readonly ModelValues _names;
    private readonly ModelDescription _model;
    private readonly nint _pixels;
    private readonly nint _answers;
    private readonly nint _staging;
    private readonly bool _graphs;
    private readonly Dictionary<int, Bound> _bound = [];
    private readonly Dictionary<int, Bound> _withScores = [];
    private nint _scores;
    private nint _scoresStaging;
    private readonly List<IDisposable> _owned = [];

    /// <param name="context">The device.</param>
    /// <param name="session">That the memory is bound to.</param>
    /// <param name="memory">How ONNX Runtime calls it.</param>
    /// <param name="names">Of the graph's values.</param>
    /// <param name="model">Shape of its input, and how many classes it answers.</param>
    /// <param name="graphs">Runs are captured, and replayed from then on.</param>
    /// <param name="capacity">Most images.</param>
    public CudaBuffers(
        ICudaContext context,
        ICudaSession session,
        OrtMemoryInfo memory,
        ModelValues names,
        ModelDescription model,
        bool graphs,
        int capacity
    )
    {
        _context = context;
        _session = session;
        _memory = memory;
        _names = names;
        _model = model;
        _graphs = graphs;
        Capacity = capacity;
        try
        {
            _pixels = context.AllocateDevice((long)capacity * model.Height * model.Width * 3);
            _answers = context.AllocateDevice(AnswerBytes(capacity));
            _staging = context.AllocatePinned(AnswerBytes(capacity));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public int Capacity { get; }

    /// <summary>Device address of the pixels, uint8 [Capacity, H, W, 3].</summary>
    public nint Pixels => _pixels;

    /// <summary>Binding and run options for so many images.</summary>
    /// <param name="images">At most <see cref="Capacity"/>.</param>
    public Bound For(int images)
    {
        if (_bound.TryGetValue(images, out var bound))
            return bound;
        return _bound[images] = Bind(images, _graphs);
    }

    /// <summary>
    /// The same with the scores of all classes among the outputs. These runs are few, and never captured: each launches
    /// its kernels, and the graphs of the others stay as they are.
    /// </summary>
    /// <param name="images">At most <see cref="Capacity"/>.</param>
    public Bound WithScores(int images)
    {
        if (_withScores.TryGetValue(images, out var bound))
            return bound;
        if (_scores == 0)
            _scores = _context.AllocateDevice(ScoreBytes(Capacity));
        if (_scoresStaging == 0)
            _scoresStaging = _context.AllocatePinned(ScoreBytes(Capacity));
        bound = Bind(images, graphs: false);
        bound.Binding.BindOutput(
            _names.Scores,
            Tensor(TensorElementType.Float, [images, _model.Classes], _scores, ScoreBytes(images))
        );
        return _withScores[images] = bound;
    }

    /// <summary>Queues the copy of the scores to the host, after a run that gave them.</summary>
    /// <param name="count">Images whose scores are wanted.</param>
    public void FetchScores(int count, nint stream) =>
        _context.CopyToHost(_scoresStaging, _scores, ScoreBytes(count), stream);

    /// <summary>Takes the scores, once the stream has been waited for.</summary>
    public unsafe void ReadScores(int count, BatchResult result) =>
        new ReadOnlySpan<float>((void*)_scoresStaging, count * _model.Classes).CopyTo(
            result.AllocateScores(_model.Classes)
        );

    /// <summary>Queues the copy of the answers to the host.</summary>
    /// <param name="images">Of the run: the classes lie behind that many probabilities.</param>
    public void FetchAnswers(int images, nint stream) =>
        _context.CopyToHost(_staging, _answers, AnswerBytes(images), stream);

    /// <summary>Takes the answers, once the stream has been waited for.</summary>
    /// <param name="images">Of the run.</param>
    /// <param name="count">Of these, how many are wanted.</param>
    public unsafe void ReadAnswers(int images, int count, BatchResult result)
    {
        var wanted = count * _model.Top;
        new ReadOnlySpan<long>((void*)_staging, wanted).CopyTo(result.Classes);
        new ReadOnlySpan<float>((void*)(_staging + ClassBytes(images)), wanted).CopyTo(result.Probabilities);
    }

    public void Dispose()
    {
        foreach (var bound in _bound.Values.Concat(_withScores.Values))
            bound.Dispose();
        _bound.Clear();
        _withScores.Clear();
        foreach (var owned in _owned)
            owned.Dispose();
        _owned.Clear();
        if (_pixels != 0)
            _context.FreeDevice(_pixels);
        if (_answers != 0)
            _context.FreeDevice(_answers);
        if (_staging != 0)
            _context.FreePinned(_staging);
        if (_scores != 0)
            _context.FreeDevice(_scores);
        if (_scoresStaging != 0)
            _context.FreePinned(_scoresStaging);
    }

    private Bound Bind(int images, bool graphs)
    {
        var binding = _session.CreateBinding();
        binding.BindInput(
            _names.Pixels,
            Tensor(
                TensorElementType.UInt8,
                [images, _model.Height, _model.Width, 3],
                _pixels,
                (long)images * _model.Height * _model.Width * 3
            )
        );
        long[] shape = [images, _model.Top];
        binding.BindOutput(_names.Classes, Tensor(TensorElementType.Int64, shape, _answers, ClassBytes(images)));
        binding.BindOutput(
            _names.Probabilities,
            Tensor(
                TensorElementType.Float,
                shape,
                _answers + (nint)ClassBytes(images),
                (long)images * _model.Top * sizeof(float)
            )
        );
        return new Bound(binding, CudaRun.Plain(), graphs ? CudaRun.Graphed() : null);
    }

    private OrtValue Tensor(TensorElementType type, long[] shape, nint address, long bytes)
    {
        var value = OrtValue.CreateTensorValueWithData(_memory, type, shape, address, bytes);
        _owned.Add(value);
        return value;
    }

    private long ScoreBytes(int images) => (long)images * _model.Classes * sizeof(float);

    private long ClassBytes(int images) => (long)images * _model.Top * sizeof(long);

    private long AnswerBytes(int images) => ClassBytes(images) + ((long)images * _model.Top * sizeof(float));

    /// <summary>One shape, bound.</summary>
    /// <param name="Binding">Its inputs and outputs.</param>
    /// <param name="Plain">A run without a graph.</param>
    /// <param name="Graphed">A run that is captured, then replayed; <see langword="null"/> without graphs.</param>
    internal sealed record Bound(OrtIoBinding Binding, CudaRun Plain, CudaRun? Graphed) : IDisposable
    {
        // An object and not a number: a number is given to another thread when its thread has ended.
        [ThreadStatic]
        private static object? s_thisThread;

        private object? _thread;
        private int _runs;

        /// <summary>
        /// Runs that the calling thread has done in a row, up to <see cref="RunsUntilCaptured"/>. ONNX Runtime keeps
        /// graphs per thread: another thread starts from 0.
        /// </summary>
        public int RunsOfThisThread
        {
            get
            {
                s_thisThread ??= new object();
                if (ReferenceEquals(_thread, s_thisThread))
                    return _runs;
                _thread = s_thisThread;
                return _runs = 0;
            }
        }

        /// <summary>Counts a run of the calling thread.</summary>
        public void CountRun() => _runs = RunsOfThisThread + 1;

        public void Dispose()
        {
            Binding.Dispose();
            Plain.Dispose();
            Graphed?.Dispose();
        }
    }
}
