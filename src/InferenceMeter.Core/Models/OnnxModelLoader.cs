using InferenceMeter.Models.Onnx;
using DataType = InferenceMeter.Models.Onnx.TensorProto.Types.DataType;

namespace InferenceMeter.Models;

/// <summary>Reads any ONNX image classifier and makes it one that is fed <c>uint8 [N, H, W, 3]</c>.</summary>
public static class OnnxModelLoader
{
    // Mul and Add broadcast as numpy does from opset 7 on; ONNX Runtime promises support from there, too.
    private const long OldestOpset = 7;

    /// <summary>Loads a file, with its external data, its sidecar and its labels.</summary>
    /// <param name="path">An .onnx file.</param>
    /// <param name="labelsPath">One class name a line; before what the model or its sidecar say.</param>
    /// <param name="precision">
    /// To convert its graph to: <c>fp32</c>, <c>tf32</c> (a float32 graph, too) or <c>fp16</c>; as the file is when not
    /// given.
    /// </param>
    /// <exception cref="ModelException">It cannot be used; the message says why and how to mend it.</exception>
    public static OnnxModel Load(string path, string? labelsPath = null, string? precision = null)
    {
        PrecisionConversion.Check(path, precision);
        var (model, sha256) = OnnxFile.Read(path);
        return FromProto(model, sha256, path, labelsPath, precision);
    }

    /// <param name="model">Changed in place.</param>
    /// <param name="sha256">Of its file.</param>
    /// <param name="path">Of its file, or a name for messages.</param>
    /// <param name="labelsPath">One class name a line.</param>
    /// <param name="precision">To convert its graph to, or <see langword="null"/>.</param>
    internal static OnnxModel FromProto(
        ModelProto model,
        string sha256,
        string path,
        string? labelsPath = null,
        string? precision = null
    )
    {
        try
        {
            return Wrap(model, sha256, path, labelsPath, precision);
        }
        catch (Exception e) when (e is not (ModelException or OutOfMemoryException))
        {
            // Damaged bytes can still parse: whatever they break in here is the file's fault.
            throw new ModelException($"{path}: damaged, or of an unknown kind ({OneLine.Of(e)})", e);
        }
    }

    private static OnnxModel Wrap(ModelProto model, string sha256, string path, string? labelsPath, string? precision)
    {
        var opset = model
            .OpsetImport.Where(entry => entry.Domain is "" or "ai.onnx")
            .Select(entry => (long?)entry.Version)
            .FirstOrDefault();
        if (opset is null or < OldestOpset)
        {
            throw new ModelException(
                $"{path}: operator set {opset?.ToString() ?? "of ai.onnx missing"}; needs {OldestOpset} or "
                    + "later: export it anew or use onnx.version_converter"
            );
        }

        var graph = model.Graph;
        // A constant that is wanted in both precisions exists twice afterwards.
        var parameters = OnnxTensors.CountParameters(graph);
        // Whatever it is run in, who knows the file alone sends what it takes.
        var halves = graph
            .Input.Where(value => (DataType?)value.Type?.TensorType?.ElemType == DataType.Float16)
            .Select(value => value.Name)
            .ToHashSet(StringComparer.Ordinal);
        PrecisionConversion.Apply(path, model, precision);
        var settings = SidecarSettings.Read(path, model);
        var input = ImageInput.Find(path, graph, settings);
        var output = ClassifierOutput.Find(path, graph, settings);
        var labels = ClassLabels.Given(path, settings, labelsPath);
        output = output with { HasBackground = BackgroundClass.IsIn(path, settings, output.Size, labels?.Names) };
        var side = Math.Min(input.Height, input.Width);
        var resize = settings.Whole("resize") ?? (int)Math.Round(side * 256 / 224.0);
        if (resize < side)
            throw new ModelException(
                $"{path}: \"resize\" is {resize}, less than the {side} pixels that the model takes"
            );
        var normalization = Normalization(settings);
        var description = new ModelDescription
        {
            Name = settings.Text("name") is { Length: > 0 } name ? name : Path.GetFileNameWithoutExtension(path),
            Path = path,
            Sha256 = sha256,
            Weights = settings.Word("weights", "synthetic", "pretrained") ?? "pretrained",
            Precision = OnnxTensors.Precision(graph),
            Height = input.Height,
            Width = input.Width,
            Classes = output.Classes,
            Tensor = input.Tensor(normalization, halves.Contains(input.Name)),
            FixedBatch = input.Batch,
            Parameters = parameters,
            ResizeShorterSide = resize,
            OutputsProbabilities = output.Probabilities,
            HasBackgroundClass = output.HasBackground,
            Labels = ClassLabels.For(output, labels),
        };
        return new OnnxModel(
            description,
            model,
            PixelInput.Wrap(graph, opset.Value, input, output, normalization, description.Top)
        );
    }

    private static ImageNormalization Normalization(SidecarSettings settings)
    {
        var standard = ImageNormalization.ImageNet;
        return new ImageNormalization(
            settings.Number("scale") ?? standard.Scale,
            settings.Channels("mean", _ => true) ?? standard.Mean,
            settings.Channels("std", value => value != 0) ?? standard.Std,
            settings.Word("channel_order", "rgb", "bgr") == "bgr"
        );
    }
}
