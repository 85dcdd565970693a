using InferenceMeter.Composition;
using InferenceMeter.Inference;
using InferenceMeter.Telemetry;

namespace InferenceMeter.Documents;

/// <summary>What is run, on what, and how: enough to repeat the measurement.</summary>
internal sealed record EngineDocument
{
    public required string Model { get; init; }

    public required string ModelSha256 { get; init; }

    public required string Weights { get; init; }

    public required string Precision { get; init; }

    public required string AccuracyCheck { get; init; }

    public required long Parameters { get; init; }

    public required int InputHeight { get; init; }

    public required int InputWidth { get; init; }

    public required int Classes { get; init; }

    public required string Provider { get; init; }

    public required string Device { get; init; }

    public required string? DeviceName { get; init; }

    public required IReadOnlyList<DeviceDocument> Devices { get; init; }

    public required int Cores { get; init; }

    public required int Instances { get; init; }

    public required int IntraOpThreads { get; init; }

    public required int BatchSize { get; init; }

    public required int DecoderWorkers { get; init; }

    public required string Decoder { get; init; }

    public required string OnnxRuntime { get; init; }

    public required string Version { get; init; }

    public static EngineDocument From(MeterSnapshot meter)
    {
        var (model, engine) = (meter.Model, meter.Engine);
        return new EngineDocument
        {
            Model = model.Name,
            ModelSha256 = model.Sha256,
            Weights = model.Weights,
            Precision = model.Precision,
            AccuracyCheck = model.AccuracyCheck,
            Parameters = model.Parameters,
            InputHeight = model.Height,
            InputWidth = model.Width,
            Classes = model.Classes,
            Provider = string.Join(
                '+',
                meter.Devices.Select(device => device.Provider).Distinct(StringComparer.Ordinal)
            ),
            Device = string.Join(',', meter.Devices.Select(device => device.Device)),
            DeviceName = meter.Devices[0].Reading.Name,
            Devices = DeviceDocuments.Describe(meter),
            Cores = Environment.ProcessorCount,
            Instances = engine.Instances,
            IntraOpThreads = engine.IntraOpThreads,
            BatchSize = meter.BatchSize,
            DecoderWorkers = engine.DecoderWorkers,
            Decoder = meter.Decoder,
            OnnxRuntime = OrtRuntime.Version,
            Version = BuildInfo.Version,
        };
    }
}
