using InferenceMeter.Api;
using InferenceMeter.Metering;

namespace InferenceMeter.Hosting;

/// <summary>One bench result, as printed and as written by <c>--json</c>.</summary>
internal sealed record BenchDocument(
    int SchemaVersion, string Verdict, IReadOnlyList<string> Reasons, string Scope, double WarmUpSeconds, double DurationSeconds, long Images, long ImagesFailed,
    IntervalDocument? ImagesPerSecond, IReadOnlyList<CostDocument> Costs, IReadOnlyDictionary<string, double> StageBusyShares,
    LatencyPercentiles? LatencySeconds, BottleneckDocument? Bottleneck, double? CpuStolenShare, bool? DeviceThrottled, IReadOnlyList<BenchDeviceDocument> Devices,
    IReadOnlyList<string> Notes, PriceDocument Price, EngineDocument Engine, DateTimeOffset FinishedAt);

/// <summary>Follows a run: from the end of warm-up, as long as was asked for.</summary>
internal sealed class BenchWatch
{
    private readonly MeterParts _parts;
    private WorkSnapshot _atStart;
    private bool _measuring;
    private BenchDevices? _devices;

    public BenchWatch(MeterParts parts)
    {
        _parts = parts;
        _atStart = parts.Counters.Snapshot();
    }

    /// <summary>Seconds of the measured part so far; <see langword="null"/> during warm-up.</summary>
    public double? Measured { get; private set; }

    public MeterReading Reading { get; private set; } = null!;

    /// <summary>Looks at the meter.</summary>
    /// <returns>Whether the measured part is as long as was asked for.</returns>
    public bool IsDone()
    {
        Reading = _parts.Meter.Read();
        if (Reading.SteadySince is not { } since) return false;
        if (!_measuring)
        {
            (_measuring, _atStart) = (true, _parts.Counters.Snapshot());
            _devices = new BenchDevices(_parts);
        }

        _devices!.Look();

        Measured = _parts.Time.GetElapsedTime(since, Reading.At).TotalSeconds;
        return Reading.Window("start") is { } window && window.WallSeconds >= _parts.Settings.Bench.Seconds;
    }

    /// <summary>Closes the run and judges it.</summary>
    public BenchDocument Finish()
    {
        var reading = _parts.Meter.Read();
        var work = _parts.Counters.Snapshot();
        var window = RunResult.From(reading, _parts.Scope);
        var (devices, cpu) = _devices?.Finish(window.DurationSeconds, [.. work.Devices.Zip(_atStart.Devices, (after, before) => after.Ok - before.Ok)]) ?? ([], new Telemetry.DeviceReading());
        var facts = window with
        {
            ImagesFailed = work.Failed - _atStart.Failed,
            ImagesFailedInInference = work.FailedBy(Images.ImageFailure.Inference) - _atStart.FailedBy(Images.ImageFailure.Inference),
            CpuStolenShare = cpu.CpuStolenShare,
            // A quota on the CPU holds up a GPU too.
            DeviceThrottled = devices.Select(device => device.Throttled).Append(cpu.Throttled).Max(),
            DeviceLost = _parts.Pipeline?.Health.Lost == true,
            OtherProcesses = devices.Max(device => device.OtherProcesses),
            Latency = _parts.Latency.Percentiles(),
        };
        // Asked for less than a minute, a run is judged as the short run it is.
        var summary = RunSummary.Judge(facts, RunRules.Default);
        var document = ReadingDocument.From(_parts);
        return new BenchDocument(
            1, summary.Verdict, summary.Reasons, _parts.Scope.Label(), facts.WarmUpSeconds, facts.DurationSeconds, facts.ImagesOk, facts.ImagesFailed,
            IntervalDocument.From(facts.ImagesPerSecond), Costs(facts, document), Shares(work, facts.DurationSeconds),
            facts.Latency, ReadingDocument.DescribeBottleneck(_parts, facts.DurationSeconds > 0 ? StageLoadReading.Between(_atStart, work, facts.DurationSeconds) : null),
            facts.CpuStolenShare, facts.DeviceThrottled, devices, document.Notes, document.Price, document.Engine, document.At);
    }

    private IReadOnlyList<CostDocument> Costs(RunResult facts, ReadingDocument document)
    {
        var price = _parts.Prices.Current.PerHour;
        return
        [
            .. new[] { (Basis.Wall, facts.ImagesPerSecond), (Basis.Busy, facts.ImagesPerBusySecond) }
                .Select(pair => pair.Item2 is { } rate ? Pricing.CostReadings.At(pair.Item1, _parts.Scope, "start", price, rate) : null)
                .OfType<Pricing.CostReading>()
                .Select(ReadingDocument.ToDocument),
            .. document.Costs.Where(cost => cost.Basis == Basis.Capacity.Label()),
        ];
    }

    /// <summary>Share of the time that a stage worked, per worker of the stage.</summary>
    private Dictionary<string, double> Shares(WorkSnapshot work, double seconds) => Enum.GetValues<Stage>().ToDictionary(stage => stage.Label(), stage =>
    {
        return seconds <= 0 ? 0 : Math.Min(1, (work.BusySeconds(stage) - _atStart.BusySeconds(stage)) / seconds / _parts.Workers[stage]);
    });
}
