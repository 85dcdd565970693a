using System.Runtime.InteropServices;
using InferenceMeter.Models;
using Microsoft.ML.OnnxRuntime;

namespace InferenceMeter.Inference;

/// <summary>Sessions of ONNX Runtime on the CPU; all of them use one copy of the weights.</summary>
public sealed class OnnxSessionFactory : IDeviceSessionFactory
{
    private readonly SharedWeights _weights;
    private readonly bool _ownsWeights;
    private readonly OnnxModel _model;

    private OnnxSessionFactory(OnnxModel model, SharedWeights weights, bool ownsWeights, InferenceOptions options)
    {
        _model = model;
        _weights = weights;
        _ownsWeights = ownsWeights;
        Options = options;
        Model = model.Description with { Precision = Executed(model.Description.Precision) };
    }

    /// <inheritdoc/>
    /// <remarks>Its precision is the one in which this device computes, which need not be that of the file.</remarks>
    public ModelDescription Model { get; }

    /// <inheritdoc/>
    public DeviceFacts Facts { get; } = new() { Device = "cpu", Provider = ExecutionProvider.Cpu.OnnxRuntimeName() };

    /// <inheritdoc/>
    public string Device => Facts.Device;

    /// <inheritdoc/>
    public string Provider => Facts.Provider;

    /// <summary>How the sessions run; what <see cref="Create"/> opens follows it.</summary>
    public InferenceOptions Options { get; }

    /// <summary>Optimises the model's graph, and takes it from <paramref name="model"/>.</summary>
    /// <param name="model">Opens one factory; load it again for another, or use <see cref="With"/>.</param>
    /// <param name="options">Of the sessions.</param>
    /// <param name="warn">Told, in one line, when weights cannot be shared.</param>
    /// <exception cref="InferenceException">
    /// ONNX Runtime does not take the model, or its batch size is not that of the options.
    /// </exception>
    public static OnnxSessionFactory Open(OnnxModel model, InferenceOptions options, Action<string>? warn = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        Check(model.Description, options);
        try
        {
            var weights = SharedWeights.Prepare(model, Math.Max(options.IntraOpThreads, 1), warn);
            var factory = new OnnxSessionFactory(model, weights, ownsWeights: true, options);
            if (factory.Model.Precision != model.Description.Precision)
                warn?.Invoke(
                    $"{model.Description.Name} is loaded with {model.Description.Precision} weights; this "
                        + $"CPU computes in {factory.Model.Precision}, and the figures say so"
                );
            return factory;
        }
        catch (Exception e) when (e is OnnxRuntimeException or IOException or UnauthorizedAccessException)
        {
            throw new InferenceException($"{model.Description.Name}: cannot be opened: {OrtRuntime.OneLine(e)}", e);
        }
    }

    /// <summary>The same model and weights, run another way (for a sweep). Valid while this factory is.</summary>
    /// <exception cref="InferenceException">The batch size is not the one that the model is frozen to.</exception>
    public OnnxSessionFactory With(InferenceOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Check(Model, options);
        return new OnnxSessionFactory(_model, _weights, ownsWeights: false, options);
    }

    /// <inheritdoc/>
    public IInferenceSession Create() => new OnnxInferenceSession(OpenSession(), _model.Values, Model);

    /// <inheritdoc/>
    IBareLoop IDeviceSessionFactory.CreateBareLoop(int batchSize) => CreateBareLoop(batchSize);

    /// <inheritdoc cref="IDeviceSessionFactory.CreateBareLoop"/>
    public BareSessionLoop CreateBareLoop(int batchSize) => new(OpenSession(), _model.Values, Model, batchSize);

    /// <summary>Frees the weights; the sessions must be disposed of before.</summary>
    public void Dispose()
    {
        if (_ownsWeights)
            _weights.Dispose();
    }

    // ONNX Runtime has float16 convolutions and matrix products for Arm only; on x64 it casts and computes in float32.
    private static string Executed(string precision) =>
        precision == "fp16" && RuntimeInformation.ProcessArchitecture is Architecture.X64 ? "fp32" : precision;

    private static void Check(ModelDescription model, InferenceOptions options)
    {
        if (model.FixedBatch is { } batch && batch != options.BatchSize)
        {
            throw new InferenceException(
                $"{model.Name} is frozen to batches of {batch}; run it with batch size {batch}, or export "
                    + "it with a dynamic batch"
            );
        }
    }

    private InferenceSession OpenSession()
    {
        try
        {
            using var options = OrtRuntime.CpuOptions(Options.IntraOpThreads, Options.AllowSpinning);
            return _weights.Open(options);
        }
        catch (OnnxRuntimeException e)
        {
            throw new InferenceException($"{Model.Name}: no session: {OrtRuntime.OneLine(e)}", e);
        }
    }
}
