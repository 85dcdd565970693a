using InferenceMeter.Api;
using InferenceMeter.History;
using InferenceMeter.Metering;
using InferenceMeter.Pipeline;
using InferenceMeter.Pricing;

namespace InferenceMeter.Hosting;

/// <summary>Follows a run: from the end of warm-up, as long as was asked for.</summary>
internal sealed class BenchWatch
{
    private readonly MeterParts _parts;
    private readonly ThroughputMeter _meter;
    private readonly LatencyHistogram _latency;
    private readonly int _seconds;
    private readonly DateTimeOffset _startedAt;
    private readonly long _startedTicks;
    private WorkSnapshot _atStart;
    private bool _measuring;
    private BenchDevices? _devices;

    /// <summary>Of a process that does nothing else: its whole meter.</summary>
    public BenchWatch(MeterParts parts)
        : this(parts, new RunRecorder(parts.Meter, parts.Latency), parts.Settings.Bench.Seconds) { }

    /// <summary>Of a pipeline that was there before, with a meter for the run.</summary>
    /// <param name="seconds">Length of the measured part.</param>
    public BenchWatch(MeterParts parts, RunRecorder run, int seconds)
    {
        (_parts, _meter, _latency, _seconds) = (parts, run.Meter, run.Latency, seconds);
        (Id, _startedAt, _startedTicks) = (RunId.New(parts.Time), parts.Time.GetUtcNow(), parts.Time.GetTimestamp());
        _atStart = parts.Counters.Snapshot();
    }

    /// <summary>Names the run.</summary>
    public string Id { get; }

    /// <summary>Seconds of the measured part so far; <see langword="null"/> during warm-up.</summary>
    public double? Measured { get; private set; }

    public MeterReading Reading { get; private set; } = null!;

    /// <summary>Looks at the meter.</summary>
    /// <returns>Whether the measured part is as long as was asked for.</returns>
    public bool IsDone()
    {
        Reading = _meter.Read();
        if (Reading.SteadySince is not { } since)
            return false;
        if (!_measuring)
        {
            (_measuring, _atStart) = (true, _parts.Counters.Snapshot());
            _devices = new BenchDevices(_parts);
        }

        _devices!.Look();

        Measured = _parts.Time.GetElapsedTime(since, Reading.At).TotalSeconds;
        return Reading.Window("start") is { } window && window.WallSeconds >= _seconds;
    }

    /// <summary>Closes the run and judges it.</summary>
    public BenchDocument Finish()
    {
        var reading = _meter.Read();
        var work = _parts.Counters.Snapshot();
        var window = RunResult.From(reading, _parts.Scope);
        var (devices, cpu) =
            _devices?.Finish(
                window.DurationSeconds,
                [.. work.Devices.Zip(_atStart.Devices, (after, before) => after.Ok - before.Ok)]
            )
            ?? ([], new Telemetry.DeviceReading());
        var facts = window with
        {
            ImagesFailed = work.Failed - _atStart.Failed,
            ImagesFailedInInference =
                work.FailedBy(Images.ImageFailure.Inference) - _atStart.FailedBy(Images.ImageFailure.Inference),
            CpuStolenShare = cpu.CpuStolenShare,
            // A quota on the CPU holds up a GPU too.
            DeviceThrottled = devices.Select(device => device.Throttled).Append(cpu.Throttled).Max(),
            DeviceLost = _parts.Pipeline?.Health.Lost == true,
            OtherProcesses = devices.Max(device => device.OtherProcesses),
            Latency = _latency.Percentiles(),
        };
        // Asked for less than a minute, a run is judged as the short run it is.
        var summary = RunSummary.Judge(facts, RunRules.Default);
        var document = ReadingDocument.From(_parts);
        var load = facts.DurationSeconds > 0 ? StageLoadReading.Between(_atStart, work, facts.DurationSeconds) : null;
        var costs = Costs(facts, reading);
        var wall = costs.FirstOrDefault(cost => cost.Basis == Basis.Wall.Label())?.UsdPerBillionImages;
        return new BenchDocument(
            BenchDocument.Version,
            Id,
            _startedAt,
            document.At,
            _parts.Machine,
            summary.Verdict,
            summary.Reasons,
            _parts.Scope.Label(),
            new ImageSourceDocument(_parts.Source.Kind, _parts.Source.DistinctImages),
            facts.WarmUpSeconds,
            facts.DurationSeconds,
            facts.ImagesOk,
            facts.ImagesFailed,
            IntervalDocument.From(facts.ImagesPerSecond),
            costs,
            CostDocuments.Describe(
                load is null ? null : _parts.Breakdown(load, facts.BusySeconds / facts.DurationSeconds),
                wall
            ),
            CostDocuments.Describe(Energy(devices, facts), _parts, wall),
            Shares(work, facts.DurationSeconds),
            facts.Latency,
            ReadingDocument.DescribeBottleneck(_parts, load),
            facts.CpuStolenShare,
            facts.DeviceThrottled,
            devices,
            document.Notes,
            document.Price,
            document.Engine
        );
    }

    /// <summary>On all bases, at the mean price since the run began: what was paid for it.</summary>
    private IReadOnlyList<CostDocument> Costs(RunResult facts, MeterReading reading)
    {
        var window = reading.Window("start");
        var (from, to) = window is null ? (_startedTicks, reading.At) : (window.From, window.To);
        var paid = _parts.Prices.MeanPerHour(from, to);
        var working = _parts.Prices.MeanPerWorkingHour(from, to);
        var now = _parts.Prices.Current.PerWorkingHour;
        return
        [
            .. new[]
            {
                (Basis.Wall, facts.ImagesPerSecond, paid),
                (Basis.Busy, facts.ImagesPerBusySecond, working),
                (Basis.Capacity, reading.Capacity, now),
            }
                .Select(basis =>
                    basis.Item2 is { } rate
                        ? CostReadings.At(basis.Item1, _parts.Scope, "start", basis.Item3, rate)
                        : null
                )
                .OfType<CostReading>()
                .Select(CostDocuments.Describe),
        ];
    }

    /// <summary>Power of all that have a counter, over the run's length.</summary>
    private static EnergyCost? Energy(IReadOnlyList<BenchDeviceDocument> devices, RunResult facts)
    {
        var watts = devices.Where(device => device.Joules is not null).Sum(device => device.MeanWatts ?? 0);
        return watts > 0 && facts is { ImagesOk: > 0, DurationSeconds: > 0 }
            ? new EnergyCost(watts * facts.DurationSeconds, facts.ImagesOk, facts.DurationSeconds)
            : null;
    }

    /// <summary>Share of the time that a stage worked, per worker of the stage.</summary>
    private Dictionary<string, double> Shares(WorkSnapshot work, double seconds) =>
        Enum.GetValues<Stage>()
            .ToDictionary(
                stage => stage.Label(),
                stage =>
                {
                    return seconds <= 0
                        ? 0
                        : Math.Min(
                            1,
                            (work.BusySeconds(stage) - _atStart.BusySeconds(stage)) / seconds / _parts.Workers[stage]
                        );
                }
            );
}
