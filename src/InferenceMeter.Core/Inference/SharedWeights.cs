using System.Runtime.InteropServices;
using Google.Protobuf;
using InferenceMeter.Models;
using InferenceMeter.Models.Onnx;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace InferenceMeter.Inference;

/// <summary>
/// A graph optimised once, and one native copy of its weights that all sessions use. Left alone, each session of ONNX
/// Runtime keeps weights of its own: the CPU's layout optimiser rewrites them (NCHWc blocks) while it loads. So the
/// rewritten graph is written out with its weights beside it, these are read into memory here, and sessions are opened
/// from that graph without optimising again, with the weights given as shared initialisers. A session that holds 102 MB
/// of weights on its own adds about 10 MB this way, at the same speed.
/// </summary>
internal sealed unsafe class SharedWeights : IDisposable
{
    private const string GraphFile = "graph.onnx";
    private const string WeightsFile = "weights.bin";

    // Smaller ones stay in the graph: ONNX Runtime reads shapes and the like from them while it loads.
    private const string ExternalFromBytes = "1024";

    private readonly string _folder;
    private readonly List<(string Name, OrtValue Value)> _initializers = [];
    private readonly PrePackedWeightsContainer _prepacked = new();
    private readonly Lock _lock = new();
    private byte[]? _unshared;
    private bool _ownPacking;
    private byte* _weights;

    private SharedWeights(string folder) => _folder = folder;

    /// <summary>Bytes of weights held once for all sessions.</summary>
    public long Bytes { get; private set; }

    /// <summary>Optimises the model's graph and takes over its weights.</summary>
    /// <param name="model">Its graph is taken from it.</param>
    /// <param name="threads">To optimise with.</param>
    /// <param name="warn">
    /// Told, in one line, when there is no room for temporary files: each session has its own weights then.
    /// </param>
    /// <exception cref="OnnxRuntimeException">ONNX Runtime does not take the model.</exception>
    public static SharedWeights Prepare(OnnxModel model, int threads, Action<string>? warn = null)
    {
        ModelProto? graph = model.TakeGraph();
        var folder = TemporaryFolder.Create(room: 2L * graph.CalculateSize(), out var problem);
        // Integer kernels cannot take packed weights from elsewhere (ONNX Runtime 1.31 refuses the session): each packs
        // its own, a quarter of float's.
        var shared = new SharedWeights(folder ?? "") { _ownPacking = model.Description.Precision == "int8" };
        try
        {
            if (folder is null)
            {
                warn?.Invoke($"weights are not shared between instances, which takes more memory: {problem}");
                shared._unshared = graph.ToByteArray();
                return shared;
            }

            shared.Optimize(ref graph, threads);
            shared.Adopt();
            return shared;
        }
        catch
        {
            shared.Dispose();
            throw;
        }
        finally
        {
            ProcessMemory.GiveBack();
        }
    }

    /// <summary>Opens a session on the shared weights. Thread-safe.</summary>
    public InferenceSession Open(SessionOptions options)
    {
        if (_unshared is not null)
            return new InferenceSession(_unshared, options);
        options.GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL;
        foreach (var (name, value) in _initializers)
            options.AddInitializer(name, value);
        if (_ownPacking)
            return new InferenceSession(Path.Combine(_folder, GraphFile), options);
        // The container of prepacked weights is filled by the first session and read by the others.
        lock (_lock)
            return new InferenceSession(Path.Combine(_folder, GraphFile), options, _prepacked);
    }

    public void Dispose()
    {
        foreach (var (_, value) in _initializers)
            value.Dispose();
        _initializers.Clear();
        _prepacked.Dispose();
        NativeMemory.AlignedFree(_weights);
        _weights = null;
        TemporaryFolder.Delete(_folder);
    }

    private void Optimize(ref ModelProto? graph, int threads)
    {
        var path = Path.Combine(_folder, "model.onnx");
        // By way of a file, so that the graph is never in memory twice (as objects and as bytes).
        using (var stream = File.Create(path))
            graph!.WriteTo(stream);
        graph = null;
        ProcessMemory.GiveBack();
        using (var options = OrtRuntime.CpuOptions(threads, spinning: false))
        {
            options.OptimizedModelFilePath = Path.Combine(_folder, GraphFile);
            options.AddSessionConfigEntry("session.optimized_model_external_initializers_file_name", WeightsFile);
            options.AddSessionConfigEntry(
                "session.optimized_model_external_initializers_min_size_in_bytes",
                ExternalFromBytes
            );
            // This session never runs.
            options.AddSessionConfigEntry("session.disable_prepacking", "1");
            new InferenceSession(path, options).Dispose();
        }

        File.Delete(path);
    }

    private void Adopt()
    {
        var path = Path.Combine(_folder, WeightsFile);
        if (!File.Exists(path))
            return;
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, 0);
        Bytes = file.Length;
        _weights = (byte*)NativeMemory.AlignedAlloc((nuint)Math.Max(Bytes, 1), 4096);
        for (long at = 0; at < Bytes; )
        {
            var part = new Span<byte>(_weights + at, (int)Math.Min(Bytes - at, 1 << 24));
            file.ReadExactly(part);
            at += part.Length;
        }

        // ONNX Runtime insists that the file is there, of its size, though it reads none of it: leave a hole, not 100
        // MB.
        file.SetLength(0);
        file.SetLength(Bytes);

        var graph = ModelProto.Parser.ParseFrom(File.ReadAllBytes(Path.Combine(_folder, GraphFile))).Graph;
        foreach (
            var tensor in graph.Initializer.Where(tensor =>
                tensor.DataLocation == TensorProto.Types.DataLocation.External
            )
        )
        {
            var entries = tensor.ExternalData.ToDictionary(
                entry => entry.Key,
                entry => entry.Value,
                StringComparer.Ordinal
            );
            var (offset, length) = (
                long.Parse(entries.GetValueOrDefault("offset", "0")),
                long.Parse(entries["length"])
            );
            if (offset < 0 || length < 0 || offset + length > Bytes)
                throw new InferenceException($"weights of {tensor.Name} lie outside their file");
            var value = OrtValue.CreateTensorValueWithData(
                OrtMemoryInfo.DefaultInstance,
                (TensorElementType)tensor.DataType,
                [.. tensor.Dims],
                (nint)(_weights + offset),
                length
            );
            _initializers.Add((tensor.Name, value));
        }
    }
}
