using InferenceMeter.Hosting;
using InferenceMeter.Images;
using InferenceMeter.Inference;
using InferenceMeter.Metering;
using InferenceMeter.Models;
using InferenceMeter.Pipeline;
using InferenceMeter.Pricing;
using InferenceMeter.Settings;

namespace InferenceMeter.Tuning;

/// <summary>
/// Measures a candidate with the pipeline that serves, over weights that are laid out once for all trials of a model on a CPU, and images
/// that are made once for all.
/// </summary>
internal sealed class TrialRunner : IDisposable
{
    /// <summary>Beside the time that was asked for: opening, and a warm-up that takes its time.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(45);

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    /// <summary>Early rounds only sort out: fewer observations, a wider interval. What is quoted is of the last round, at the usual ones.</summary>
    private static readonly MeterOptions Quick = new()
    {
        MinWarmUp = TimeSpan.FromSeconds(0.8),
        MinGroups = 4,
        SteadyHalfWidth = 0.25,
        UnstableHalfWidth = 0.5,
    };

    private readonly MeterSettings _settings;
    private readonly TimeProvider _time = TimeProvider.System;
    private readonly IImageSource _images;
    private readonly Dictionary<string, OnnxSessionFactory> _factories = new(StringComparer.Ordinal);
    private readonly Action<string> _warn;

    /// <param name="settings">All that is not tried out.</param>
    /// <param name="warn">Told, in one line, what the user should know.</param>
    public TrialRunner(MeterSettings settings, Action<string> warn) =>
        (_settings, _warn, _images) = (
            settings,
            warn,
            MeterParts.OpenSource(settings, new HashSet<string>(), TimeProvider.System)
        );

    /// <summary>The settings of a candidate.</summary>
    public static MeterSettings With(MeterSettings settings, Candidate candidate) =>
        settings with
        {
            Model = settings.Model with { Path = candidate.Model == DefaultModelName ? null : candidate.Model },
            Batching = settings.Batching with { BatchSize = candidate.Batch },
            Inference = settings.Inference with { Instances = candidate.Instances, IntraOpThreads = candidate.Threads },
            Preprocessing = settings.Preprocessing with { Workers = candidate.Decoders },
        };

    /// <summary>Stands for the built-in model.</summary>
    public const string DefaultModelName = "built-in";

    /// <summary>Runs one.</summary>
    /// <param name="seconds">Length of the measured part.</param>
    /// <param name="usual">At the options of published figures.</param>
    public async Task<Trial> RunAsync(Candidate candidate, double seconds, bool usual, CancellationToken cancellation)
    {
        try
        {
            using var parts = Open(With(_settings, candidate));
            return await MeasureAsync(parts, candidate, seconds, usual ? new MeterOptions() : Quick, cancellation);
        }
        catch (Exception failed) when (failed is InferenceException or ModelException or ImageSourceException)
        {
            return new Trial(candidate, seconds, null, null, null, null, null, failed.Message.ReplaceLineEndings(" "));
        }
    }

    public void Dispose()
    {
        foreach (var factory in _factories.Values)
            factory.Dispose();
        _images.Dispose();
    }

    private MeterParts Open(MeterSettings settings)
    {
        if (settings.Inference is not { Provider: "cpu", Session: "onnx" })
            return MeterParts.Open(settings, new HashSet<string>(), _warn);
        var path = settings.Model.Path ?? DefaultModelName;
        if (!_factories.TryGetValue(path, out var factory))
        {
            var model = ModelFiles.Load(settings.Model, _warn);
            _factories[path] = factory = OnnxSessionFactory.Open(
                model,
                EngineOpening.InferenceOptionsFor(
                    EngineSettings.Resolve(settings, model.Description, Environment.ProcessorCount)
                ),
                _warn
            );
        }

        var engine = EngineSettings.Resolve(settings, factory.Model, Environment.ProcessorCount);
        return MeterParts.Over(
            settings,
            new Engine([factory.With(EngineOpening.InferenceOptionsFor(engine))], engine, null),
            _time,
            source: new Lent(_images)
        );
    }

    private async Task<Trial> MeasureAsync(
        MeterParts parts,
        Candidate candidate,
        double seconds,
        MeterOptions options,
        CancellationToken cancellation
    )
    {
        using var pipeline = parts.CreatePipeline(metrics: null);
        var run = new RunRecorder(new ThroughputMeter(_time, options), new LatencyHistogram());
        parts.Recorder!.Run = run;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        // What waits at the end is given up: it would only be drained.
        var work = pipeline.RunAsync(stop.Token, stop.Token);
        var start = _time.GetTimestamp();
        var (energy, images) = (parts.Sensors.Joules(), parts.Counters.Snapshot().Ok);
        var reading = run.Meter.Read();
        // The window of 10 s has observations of 100 ms, the one from the start has them of a second: too few in a short trial.
        var span = seconds < 9 ? "10s" : "start";
        while (
            !work.IsCompleted
            && !cancellation.IsCancellationRequested
            && _time.GetElapsedTime(start) < Patience + TimeSpan.FromSeconds(2 * seconds)
        )
        {
            if (reading.Window(span) is { ImagesPerSecond: not null } window && window.WallSeconds >= seconds)
                break;
            await Task.WhenAny(work, Task.Delay(Look, CancellationToken.None));
            reading = run.Meter.Read();
        }

        await stop.CancelAsync();
        await work;
        cancellation.ThrowIfCancellationRequested();
        if (reading.Window(span) is not { ImagesPerSecond: { } rate } measured)
            return new Trial(
                candidate,
                seconds,
                null,
                null,
                null,
                null,
                null,
                $"not steady: {reading.StateReason ?? "too few batches"}"
            );
        var joules = parts.Sensors.Joules() - energy;
        var done = parts.Counters.Snapshot().Ok - images;
        var latency = run.Latency.Percentiles();
        return new Trial(
            candidate,
            measured.WallSeconds,
            rate,
            (double?)CostPerBillion.Compute(parts.Prices.Current.PerWorkingHour, rate.Value),
            latency?.P99,
            joules > 0 && done > 0 ? joules / done : null,
            parts.Sensors.Read(0).MemoryUsedBytes,
            null
        );
    }

    /// <summary>A source that outlives who reads it.</summary>
    private sealed class Lent(IImageSource images) : IImageSource
    {
        public string Kind => images.Kind;

        public int DistinctImages => images.DistinctImages;

        public bool TryNext(out EncodedImage image) => images.TryNext(out image);

        public void Dispose()
        {
            // It is its owner's.
        }
    }
}
