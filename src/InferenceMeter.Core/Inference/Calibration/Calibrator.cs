using InferenceMeter.Models;
using InferenceMeter.Models.Onnx;
using InferenceMeter.Models.Quantization;
using Microsoft.ML.OnnxRuntime;
using static InferenceMeter.Models.OnnxNodes;
using DataType = InferenceMeter.Models.Onnx.TensorProto.Types.DataType;

namespace InferenceMeter.Inference.Calibration;

/// <summary>Runs a float model over calibration images and counts what its values are. Not thread-safe.</summary>
internal sealed class Calibrator : IDisposable
{
    private readonly InferenceSession _session;
    private readonly RunOptions _run = new() { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
    private readonly ModelValues _values;
    private readonly ModelDescription _model;
    private readonly string[] _names;
    private readonly ActivationHistogram[] _histograms;

    /// <param name="model">Prepared and float; taken.</param>
    /// <param name="names">Values to watch.</param>
    /// <exception cref="InferenceException">ONNX Runtime does not take it.</exception>
    public Calibrator(OnnxModel model, IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(model);
        _model = model.Description;
        _values = model.Values;
        _names = [.. names];
        _histograms = Array.ConvertAll(_names, _ => new ActivationHistogram());
        var proto = model.TakeGraph();
        var there = proto.Graph.Output.Select(output => output.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var name in _names.Where(name => !there.Contains(name)))
            proto.Graph.Output.Add(new ValueInfoProto { Name = name, Type = Value(name, DataType.Float).Type });
        foreach (var output in proto.Graph.Output.Where(output => !there.Contains(output.Name)))
            output.Type.TensorType.Shape = null;
        try
        {
            using var options = OrtRuntime.CpuOptions(0, spinning: false);
            _session = new InferenceSession(Google.Protobuf.MessageExtensions.ToByteArray(proto), options);
        }
        catch (OnnxRuntimeException e)
        {
            throw new InferenceException(
                $"{_model.Name}: cannot be opened for calibration: {OrtRuntime.OneLine(e)}",
                e
            );
        }
    }

    /// <summary>Images counted.</summary>
    public int Images { get; private set; }

    /// <summary>Counts the values of one image.</summary>
    /// <param name="pixels">uint8 [H, W, 3], RGB.</param>
    /// <exception cref="ModelException">A value is not finite.</exception>
    /// <exception cref="InferenceException">It cannot be run.</exception>
    public void Add(ReadOnlySpan<byte> pixels)
    {
        // A model frozen to a batch sees the image in all of it.
        var batch = _model.FixedBatch ?? 1;
        var copies = new byte[batch * pixels.Length];
        for (var i = 0; i < batch; i++)
            pixels.CopyTo(copies.AsSpan(i * pixels.Length));
        try
        {
            using var input = OrtValue.CreateTensorValueFromMemory(copies, [batch, _model.Height, _model.Width, 3]);
            using var outputs = _session.Run(_run, [_values.Pixels], [input], _names);
            for (var i = 0; i < _names.Length; i++)
                _histograms[i].Add(outputs[i].GetTensorDataAsSpan<float>());
        }
        catch (OnnxRuntimeException e)
        {
            throw new InferenceException($"{_model.Name}: cannot be run for calibration: {OrtRuntime.OneLine(e)}", e);
        }

        Images++;
    }

    /// <summary>The ranges, by name.</summary>
    public IReadOnlyDictionary<string, ActivationRange> Ranges(QuantizationOptions options) =>
        _names
            .Zip(_histograms.AsParallel().AsOrdered().Select(histogram => histogram.Range(options)))
            .ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal);

    public void Dispose()
    {
        _run.Dispose();
        _session.Dispose();
    }
}
