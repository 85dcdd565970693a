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
);
