using InferenceMeter.Models;
using InferenceMeter.Models.Onnx;
using InferenceMeter.Models.Quantization;

namespace InferenceMeter.Inference.Calibration;

/// <summary>
/// Static quantisation of a classifier to int8: prepare, watch it on calibration images, write the QDQ graph.
/// </summary>
internal sealed class Int8Conversion : IDisposable
{
    private readonly string _path;
    private readonly ModelProto _model;
    private readonly QuantizationOptions _options;
    private readonly QuantizationPlan _plan;
    private readonly Calibrator _calibrator;

    /// <param name="path">Of the model, for messages and its sidecar.</param>
    /// <param name="model">float32 or float16; changed in place.</param>
    /// <exception cref="ModelException">It cannot be quantised.</exception>
    /// <exception cref="InferenceException">ONNX Runtime does not take it.</exception>
    public Int8Conversion(string path, ModelProto model, QuantizationOptions options)
    {
        _path = path;
        _model = model;
        _options = options;
        FloatGraph.Prepare(path, model);
        _plan = new QuantizationPlan(path, model.Graph, options);
        var watched = OnnxModelLoader.FromProto(model.Clone(), "", path);
        Description = watched.Description;
        Preprocessing = watched.Preprocessing;
        _calibrator = new Calibrator(watched, _plan.Calibrated);
    }

    /// <summary>The float model.</summary>
    public ModelDescription Description { get; }

    /// <summary>How calibration images are to be decoded.</summary>
    public Preprocessing.PreprocessingOptions Preprocessing { get; }

    /// <summary>Calibration images seen.</summary>
    public int Images => _calibrator.Images;

    /// <summary>Convolutions and matrix products that become int8.</summary>
    public int Weighted => _plan.Weighted.Count;

    /// <summary>Looks at one image.</summary>
    /// <param name="pixels">uint8 [H, W, 3], RGB.</param>
    public void Add(ReadOnlySpan<byte> pixels) => _calibrator.Add(pixels);

    /// <summary>The int8 model; once.</summary>
    /// <exception cref="ModelException">No image was seen.</exception>
    public ModelProto Finish()
    {
        if (Images == 0)
            throw new ModelException($"{_path}: no calibration image could be used");
        QdqGraph.Apply(_model.Graph, _plan, _calibrator.Ranges(_options), _options);
        return _model;
    }

    public void Dispose() => _calibrator.Dispose();
}
