using InferenceMeter.Composition;
using InferenceMeter.Inference;
using InferenceMeter.Metering;
using InferenceMeter.Pricing;
using InferenceMeter.Runs;
using InferenceMeter.Telemetry;

namespace InferenceMeter.Documents;

/// <summary>What is run, on what, and how: enough to repeat the measurement.</summary>
internal sealed record EngineDocument(
    string Model,
    string ModelSha256,
    string Weights,
    string Precision,
    string AccuracyCheck,
    long Parameters,
    int InputHeight,
    int InputWidth,
    int Classes,
    string Provider,
    string Device,
    string? DeviceName,
    IReadOnlyList<DeviceDocument> Devices,
    int Cores,
    int Instances,
    int IntraOpThreads,
    int BatchSize,
    int DecoderWorkers,
    string Decoder,
    string OnnxRuntime,
    string Version
)
{
    public static EngineDocument From(MeterSnapshot meter)
    {
        var (model, engine) = (meter.Model, meter.Engine);
        return new EngineDocument(
            model.Name,
            model.Sha256,
            model.Weights,
            model.Precision,
            model.AccuracyCheck,
            model.Parameters,
            model.Height,
            model.Width,
            model.Classes,
            string.Join('+', meter.Devices.Select(device => device.Provider).Distinct(StringComparer.Ordinal)),
            string.Join(',', meter.Devices.Select(device => device.Device)),
            meter.Devices[0].Reading.Name,
            DeviceDocuments.Describe(meter),
            Environment.ProcessorCount,
            engine.Instances,
            engine.IntraOpThreads,
            meter.BatchSize,
            engine.DecoderWorkers,
            meter.Decoder,
            OrtRuntime.Version,
            BuildInfo.Version
        );
    }
}
