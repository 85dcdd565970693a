using System.Globalization;
using InferenceMeter.Composition;
using InferenceMeter.Inference;
using InferenceMeter.Web.OpenInference.Grpc;

namespace InferenceMeter.Web.OpenInference;

/// <summary>The configuration of a served model, by Triton's extension <c>model_configuration</c>.</summary>
internal static class ModelConfiguration
{
    private const string Backend = "onnxruntime";
    private const string LabelFile = "labels.txt";

    private static readonly string GpuPrefix = ExecutionProvider.Cuda.Label() + ":";

    /// <summary>The configuration at present; after a device ran out of memory, batches are smaller.</summary>
    public static ModelConfig Of(ServedModel served, Meter meter)
    {
        var most = meter.Requests.Limit;
        var batch = meter.Pipeline?.Health.BatchLimit ?? meter.Engine.Configuration.BatchSize;
        return new ModelConfig
        {
            Name = served.Name,
            Platform = ServedModels.Platform,
            Backend = Backend,
            VersionPolicy = new ModelVersionPolicy { Latest = new ModelVersionPolicy.Types.Latest { NumVersions = 1 } },
            MaxBatchSize = most,
            Input = { Input(served.Input, meter.Model.Height) },
            Output = { served.Outputs.Select(output => Output(output, meter.Model.Labels.Count > 0)) },
            DynamicBatching = new ModelDynamicBatching
            {
                PreferredBatchSize = { Math.Min(batch, most) },
                // What is asked for never waits for company while an instance is idle.
                MaxQueueDelayMicroseconds = 0,
            },
            InstanceGroup = { Instances(served.Name, meter) },
            ModelTransactionPolicy = new ModelTransactionPolicy { Decoupled = false },
        };
    }

    private static ModelInput Input(TensorSpec spec, int height) =>
        new()
        {
            Name = spec.Name,
            DataType = Type(spec.Datatype),
            Format = Format(spec.Shape, height),
            Dims = { spec.Shape.Skip(1) },
        };

    private static ModelOutput Output(TensorSpec spec, bool hasLabels) =>
        new()
        {
            Name = spec.Name,
            DataType = Type(spec.Datatype),
            Dims = { spec.Shape.Skip(1) },
            LabelFilename = hasLabels && spec.Datatype == "FP32" ? LabelFile : "",
        };

    private static ModelInput.Types.Format Format(IReadOnlyList<long> shape, int height)
    {
        if (shape.Count != 4)
            return ModelInput.Types.Format.None;
        return shape[1] == height ? ModelInput.Types.Format.Nhwc : ModelInput.Types.Format.Nchw;
    }

    private static ModelInstanceGroup Instances(string name, Meter meter)
    {
        var gpus = meter
            .Devices.Where(device => device.Device.StartsWith(GpuPrefix, StringComparison.Ordinal))
            .Select(device => int.Parse(device.Device.AsSpan(GpuPrefix.Length), CultureInfo.InvariantCulture))
            .ToArray();
        return new ModelInstanceGroup
        {
            Name = name + "_0",
            Kind = gpus.Length > 0 ? ModelInstanceGroup.Types.Kind.Gpu : ModelInstanceGroup.Types.Kind.Cpu,
            Count = meter.Engine.Configuration.Instances,
            Gpus = { gpus },
        };
    }

    private static DataType Type(string datatype) =>
        datatype switch
        {
            "UINT8" => DataType.TypeUint8,
            "FP16" => DataType.TypeFp16,
            "FP32" => DataType.TypeFp32,
            "INT64" => DataType.TypeInt64,
            "BYTES" => DataType.TypeString,
            _ => throw new ArgumentOutOfRangeException(nameof(datatype), datatype, "no type of a tensor here"),
        };
}
