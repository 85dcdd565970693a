using InferenceMeter.Composition;
using InferenceMeter.Images;
using InferenceMeter.Inference;
using InferenceMeter.Metering;
using InferenceMeter.Models;
using InferenceMeter.Pipeline;
using InferenceMeter.Preprocessing;

namespace InferenceMeter.Settings;

/// <summary>From the settings to what the core is told.</summary>
internal static class MeterSetups
{
    /// <param name="settings">Valid settings.</param>
    /// <param name="finished">Names of images that an earlier run has answered already.</param>
    /// <param name="time">Clock.</param>
    public static MeterSetup ToSetup(this MeterSettings settings, IReadOnlySet<string>? finished, TimeProvider time) =>
        new()
        {
            Images = Images(settings, finished ?? new HashSet<string>(StringComparer.Ordinal)),
            Model = new ModelOptions
            {
                Path = settings.Model.Path,
                Precision = settings.Model.Precision,
                LabelsFile = settings.Model.Labels,
                CacheFolder = settings.Model.CacheDirectory,
            },
            Engine = Engine(settings),
            Decoder = settings.Preprocessing.Decoder,
            Limits = new PreprocessingOptions
            {
                MaxPixels = settings.Images.MaxPixels,
                MaxEncodedBytes = settings.Images.MaxBytes,
                ScaledDecoding = settings.Preprocessing.ScaledDecoding,
            },
            MaxBatchDelay = TimeSpan.FromMilliseconds(settings.Batching.MaxBatchDelayMilliseconds),
            Scope = settings.Metering.Scope == "model" ? Scope.Model : Scope.Pipeline,
            Background = settings.Requests.Background switch
            {
                "off" => Background.Off,
                "fill" => Background.Fill,
                _ => Background.On,
            },
            MaxRequestImages = settings.Requests.MaxInFlight,
            Cost = Cost(settings, time),
            HistoryFile = settings.History.Path,
        };

    private static ImageSourceOptions Images(MeterSettings settings, IReadOnlySet<string> finished)
    {
        var images = settings.Images;
        var index = Environment.GetEnvironmentVariable(Shard.IndexVariable);
        Shard? shard = images.Shard is { } text && Shard.TryParse(text, index, out var part, out _) ? part : null;
        return new ImageSourceOptions
        {
            Places = images.Sources,
            Manifest = images.Manifest,
            SyntheticPhotos = images.SyntheticPhotos,
            Reading = new ReadingOptions
            {
                Repeat = !settings.Once.Enabled,
                MaxEncodedBytes = images.MaxBytes,
                Exclude = finished,
                Fetchers = images.Fetchers,
                Shard = shard,
            },
        };
    }

    private static EngineOptions Engine(MeterSettings settings)
    {
        DeviceLists.TryDevices(settings.Inference.Devices, out var devices);
        return new EngineOptions
        {
            NullSession = settings.Inference.Session == "null",
            Provider = ExecutionProviders.Parse(settings.Inference.Provider),
            Devices = devices,
            ProviderOptions = DeviceLists.Options(settings.Inference.ProviderOptions)!,
            Precision = settings.Model.Precision,
            BatchSize = settings.Batching.BatchSize,
            Instances = settings.Inference.Instances,
            IntraOpThreads = settings.Inference.IntraOpThreads,
            DecoderWorkers = settings.Preprocessing.Workers,
            CacheFolder = settings.Model.CacheDirectory,
        };
    }

    private static MachineCostOptions Cost(MeterSettings settings, TimeProvider time) =>
        new() { Price = settings.ToPriceOptions(time), MaxPriceAgeDays = settings.Pricing.MaxAgeDays };
}
