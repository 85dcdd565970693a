using System.CommandLine;
using InferenceMeter.Errors;
using InferenceMeter.Inference.Calibration;
using InferenceMeter.Models;
using InferenceMeter.Models.Accuracy;
using InferenceMeter.Models.Onnx;
using InferenceMeter.Settings;
using Spectre.Console;
using DataType = InferenceMeter.Models.Onnx.TensorProto.Types.DataType;

namespace InferenceMeter.Cli.Models;

/// <summary><c>model inspect FILE</c>: what is in it, and what the program would do with it.</summary>
internal static class InspectCommand
{
    private const int LongestValue = 100;
    private static readonly string[] Providers =
    [
        "CPUExecutionProvider",
        "CUDAExecutionProvider",
        "TensorrtExecutionProvider",
    ];
    private static readonly string[] Precisions = ["fp32", "tf32", "fp16", "int8"];

    public static Command Create(
        Action<Command, CommandScopes, Func<MeterSettings, ParseResult, CancellationToken, Task<int>>> add
    )
    {
        var file = new Argument<string>("FILE") { Description = "ONNX file, or a name of `model list`" };
        var command = new Command("inspect", "Say what is in a model file, and what the program would do with it.")
        {
            file,
        };
        add(
            command,
            CommandScopes.Models,
            async (settings, parsed, cancellation) =>
                Run(
                    await ModelFiles.ResolveAsync(parsed.GetValue(file)!, settings.Model, cancellation),
                    settings.Model.CacheDirectory
                )
        );
        return command;
    }

    private static int Run(string file, string? cache)
    {
        var console = AnsiConsole.Console;
        var (model, sha256) = OnnxFile.Read(file);
        void Say(string name, string value) => console.WriteLine($"{name, -12} {Plain(value)}");
        Say("file", $"{file}, {new FileInfo(file).Length / 1e6:0.0} MB");
        Say("sha256", sha256);
        Say(
            "written by",
            $"{model.ProducerName} {model.ProducerVersion}".Trim() is { Length: > 0 } producer ? producer : "not said"
        );
        var operatorSets = model.OpsetImport.Select(entry =>
            $"{(entry.Domain.Length > 0 ? entry.Domain : "ai.onnx")} {entry.Version}"
        );
        Say("onnx", $"operator set {string.Join(", ", operatorSets)}, IR version {model.IrVersion}");
        var initializers = model.Graph.Initializer.Select(tensor => tensor.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var input in model.Graph.Input.Where(input => !initializers.Contains(input.Name)))
            Say("input", Shape(input));
        foreach (var output in model.Graph.Output)
            Say("output", Shape(output));
        var operators = model
            .Graph.Node.GroupBy(node => node.OpType, StringComparer.Ordinal)
            .OrderByDescending(group => group.Count())
            .ThenBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => $"{group.Count()} {group.Key}");
        Say("nodes", $"{model.Graph.Node.Count:#,0}: {string.Join(", ", operators)}");
        foreach (var entry in model.MetadataProps)
            Say("metadata", $"{entry.Key} = {entry.Value}");
        var precision = OnnxTensors.Precision(model.Graph);
        var multiplyAdds = MultiplyAdds.Count(file, model.Clone());
        ModelDescription description;
        try
        {
            description = OnnxModelLoader.FromProto(model, sha256, file).Description;
        }
        catch (ModelException e)
        {
            Say("use", $"none: {e.Message}");
            return ExitCodes.Failed;
        }

        Say("precision", precision);
        Say("parameters", $"{description.Parameters:#,0}, {description.Weights}");
        Say(
            "arithmetic",
            multiplyAdds is { } macs
                ? $"{macs / 1e9:0.00} G multiply-adds an image"
                : "not counted: it has operators whose sizes are not known here"
        );
        var outputs = description.OutputsProbabilities ? "probabilities" : "scores, made probabilities by a softmax";
        var batches = description.FixedBatch is { } batch ? $"batches of {batch} always" : "batches of any size";
        Say("use", $"as \"{description.Name}\": {description.Classes:#,0} classes, {outputs}, {batches}");
        if (description.HasBackgroundClass)
            Say(
                "background",
                $"the first of its {description.Classes + 1:#,0} classes is \"none of them\" and is cut "
                    + "off: class 0 is the file's class 1"
            );
        Say(
            "is fed",
            $"uint8 [N, {description.Height}, {description.Width}, 3] RGB: shorter side to "
                + $"{description.ResizeShorterSide}, centre crop; cast, normalisation and layout are added to its graph"
        );
        Say(
            "labels",
            description.Labels.Count > 0
                ? $"{description.Labels.Count:#,0} names: {description.Labels[0]}, {description.Labels[1]}, ..."
                : "none"
        );
        var known = Providers
            .SelectMany(provider => Precisions.Select(ran => AccuracyStore.InCache(cache).Find(sha256, ran, provider)))
            .OfType<AccuracyRecord>()
            .ToArray();
        foreach (var record in known)
            Say("accuracy", $"{record.Label} in {record.Precision} on {record.Provider}, {record.At:yyyy-MM-dd}");
        if (known.Length == 0)
            Say("accuracy", $"{ModelDescription.NotChecked}: inferencemeter model evaluate {file} --images DIR");
        return ExitCodes.Ok;
    }

    private static string Shape(ValueInfoProto value)
    {
        if (value.Type?.TensorType is not { } tensor)
            return $"{value.Name}: no tensor";
        var type = ((DataType)tensor.ElemType).ToString().ToLowerInvariant();
        var shape = tensor.Shape is null ? "?" : string.Join(", ", tensor.Shape.Dim.Select(Size));
        return $"{value.Name}: {type} [{shape}]";
    }

    private static string Size(TensorShapeProto.Types.Dimension dimension)
    {
        if (dimension.HasDimValue)
            return dimension.DimValue.ToString();
        return dimension.HasDimParam ? dimension.DimParam : "?";
    }

    /// <summary>What a file holds must not write to the terminal.</summary>
    private static string Plain(string text)
    {
        var plain = string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
        return plain.Length <= 6 * LongestValue ? plain : plain[..(6 * LongestValue)] + "...";
    }
}
