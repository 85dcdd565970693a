using InferenceMeter.History;
using InferenceMeter.Images;
using InferenceMeter.Metering;
using InferenceMeter.Pipeline;
using InferenceMeter.Pricing;
using InferenceMeter.Telemetry;

namespace InferenceMeter.Runs;

/// <summary>
/// One bounded measurement on a pipeline that runs: from the end of warm-up, as long as was asked for. This is the one
/// place that decides when a measurement ends.
/// </summary>
internal sealed class MeasuredRun
{
    private static readonly TimeSpan SettlingTime = TimeSpan.FromMinutes(1);

    private readonly MeteredPipeline _metered;
    private readonly PriceTimeline _prices;
    private readonly RunRecorder _recorder;
    private readonly RunOptions _options;
    private readonly long _startedTicks;
    private WorkSnapshot _atStart;
    private DeviceRuns? _devices;

    /// <summary>Begins the run.</summary>
    /// <param name="subject">What it is read off.</param>
    /// <param name="recorder">The meter and the latencies of the run.</param>
    /// <param name="options">When it ends.</param>
    public MeasuredRun(RunSubject subject, RunRecorder recorder, RunOptions options)
    {
        _metered = subject.Metered;
        _prices = subject.Prices;
        _recorder = recorder;
        _options = options;
        Id = RunId.New(_metered.Time);
        StartedAt = _metered.Time.GetUtcNow();
        _startedTicks = _metered.Time.GetTimestamp();
        _atStart = _metered.Counters.Snapshot();
        Reading = recorder.Meter.Read();
    }

    /// <summary>Names the run.</summary>
    public string Id { get; }

    public DateTimeOffset StartedAt { get; }

    /// <summary>Length of the measured part so far in seconds; <see langword="null"/> during warm-up.</summary>
    public double? MeasuredSeconds { get; private set; }

    private MeterReading Reading { get; set; }

    /// <summary>Waits until the run is as long as was asked for, or cannot become so, and judges it.</summary>
    /// <param name="work">The pipeline; the run ends when it does.</param>
    /// <param name="progress">Told of each reading.</param>
    /// <param name="stop">Ends the run early; what was measured until then is still judged.</param>
    public async Task<RunReport> RunAsync(Task work, IProgress<RunProgress>? progress, CancellationToken stop)
    {
        while (!IsDone() && !work.IsCompleted && !stop.IsCancellationRequested && !_metered.IsLost && !NeverSettles())
        {
            progress?.Report(new RunProgress(MeasuredSeconds, Reading));
            await Task.WhenAny(work, Task.Delay(_options.PollInterval, _metered.Time, CancellationToken.None));
        }

        return Finish();
    }

    private bool IsDone()
    {
        Reading = _recorder.Meter.Read();
        if (Reading.SteadySince is not { } since)
            return false;
        if (_devices is null)
        {
            _atStart = _metered.Counters.Snapshot();
            _devices = new DeviceRuns(_metered);
        }

        _devices.Poll();
        MeasuredSeconds = _metered.Time.GetElapsedTime(since, Reading.At).TotalSeconds;
        return Reading.Window(_options.Window) is { } window
            && window.WallSeconds >= _options.Seconds
            && window.Images >= _options.Images
            && !(_options.NeedsInterval && window.ImagesPerSecond is null);
    }

    private bool NeverSettles()
    {
        if (_options.GiveUpAfter is { } limit)
            return Reading.TotalWallSeconds > limit.TotalSeconds;
        return MeasuredSeconds is null && Reading.TotalWallSeconds > SettlingTime.TotalSeconds + _options.Seconds;
    }

    private RunReport Finish()
    {
        Reading = _recorder.Meter.Read();
        var work = _metered.Counters.Snapshot();
        var window = RunResult.From(Reading, _metered.Scope);
        var images = work.Devices.Zip(_atStart.Devices, (after, before) => after.Ok - before.Ok).ToArray();
        var (devices, cpu) = _devices?.Finish(window.DurationSeconds, images) ?? ([], new DeviceReading());
        var seconds = window.DurationSeconds;
        var utilization = seconds > 0 ? StageUtilizationReading.Between(_atStart, work, seconds) : null;
        var result = window with
        {
            ImagesFailed = work.Failed - _atStart.Failed,
            ImagesFailedInInference = work.FailedBy(ImageFailure.Inference) - _atStart.FailedBy(ImageFailure.Inference),
            CpuStolenShare = cpu.CpuStolenShare,
            // A quota on the CPU holds up a GPU too.
            DeviceThrottled = devices.Select(device => device.Span.Throttled).Append(cpu.Throttled).Max(),
            DeviceLost = _metered.IsLost,
            OtherProcesses = devices.Max(device => device.Span.MaxOtherProcesses),
            Latency = _recorder.Latency.Percentiles(),
            StageBusyShares = Shares(work, seconds),
        };
        return new RunReport
        {
            Id = Id,
            StartedAt = StartedAt,
            FinishedAt = _metered.Time.GetUtcNow(),
            Result = result,
            Verdict = RunVerdict.Judge(result, _options.Rules),
            Reading = Reading,
            Costs = [.. Costs(result)],
            Breakdown = utilization is null ? null : _metered.Breakdown(utilization, result.BusySeconds / seconds),
            Energy = Energy(devices, result),
            Bottleneck = _metered.FindBottleneck(utilization),
            Utilization = utilization,
            Devices = devices,
        };
    }

    /// <summary>On all bases, at the mean price since the run began: what was paid for it.</summary>
    private IEnumerable<CostReading> Costs(RunResult result)
    {
        var window = Reading.Window(MeasurementWindow.SinceStart);
        var (from, to) = window is null ? (_startedTicks, Reading.At) : (window.From, window.To);
        (Basis Basis, Estimate? Rate, UsdPerMachineHour Price)[] bases =
        [
            (Basis.Wall, result.ImagesPerSecond, _prices.MeanPerHour(from, to)),
            (Basis.Busy, result.ImagesPerBusySecond, _prices.MeanPerWorkingHour(from, to)),
            (Basis.Capacity, Reading.Capacity, _prices.Current.PerWorkingHour),
        ];
        return bases
            .Select(basis =>
                basis.Rate is { } rate
                    ? CostReadings.At(basis.Basis, _metered.Scope, MeasurementWindow.SinceStart, basis.Price, rate)
                    : null
            )
            .OfType<CostReading>();
    }

    /// <summary>Power of all that have a counter, over the run's length.</summary>
    private static EnergyCost? Energy(IReadOnlyList<DeviceRun> devices, RunResult result)
    {
        var watts = devices.Where(device => device.Span.Joules is not null).Sum(device => device.Span.MeanWatts ?? 0);
        return watts > 0 && result is { ImagesOk: > 0, DurationSeconds: > 0 }
            ? new EnergyCost(watts * result.DurationSeconds, result.ImagesOk, result.DurationSeconds)
            : null;
    }

    /// <summary>Share of the time that a stage worked, per worker of the stage.</summary>
    private Dictionary<Stage, double> Shares(WorkSnapshot work, double seconds) =>
        Enum.GetValues<Stage>().ToDictionary(stage => stage, stage => Share(stage, work, seconds));

    private double Share(Stage stage, WorkSnapshot work, double seconds)
    {
        if (seconds <= 0)
            return 0;
        var busy = work.BusySeconds(stage) - _atStart.BusySeconds(stage);
        return Math.Min(1, busy / seconds / _metered.Workers[stage]);
    }
}
