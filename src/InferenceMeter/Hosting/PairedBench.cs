using InferenceMeter.Api;
using InferenceMeter.Commands;
using InferenceMeter.Inference;
using InferenceMeter.Metering;
using InferenceMeter.Pipeline;
using InferenceMeter.Screens;
using Spectre.Console;

namespace InferenceMeter.Hosting;

/// <summary>The result of <c>bench --paired</c>.</summary>
internal sealed record PairedDocument(
    int SchemaVersion,
    string Scope,
    IReadOnlyList<PairDocument> Pairs,
    IntervalDocument? Ratio,
    EngineDocument Engine,
    DateTimeOffset FinishedAt
);

/// <summary>One pair of neighbouring segments, images/s.</summary>
internal sealed record PairDocument(double Pipeline, double BareLoop);

/// <summary>
/// What the meter costs: short segments of the pipeline in turn with segments of a bare loop over the session alone (on a
/// GPU: bound to memory of the device, so without copies) on the same graph, batch size, instances and threads, so that a machine whose speed
/// drifts drifts under both.
/// </summary>
internal static class PairedBench
{
    private const int MinPairs = 3;

    public static async Task<int> RunAsync(MeterParts parts, ShutdownSignals signals)
    {
        var console = AnsiConsole.Console;
        using var loops = new BareLoops(OpenLoops(parts), parts.Time);
        var probe = new CompletionProbe(parts.Time);
        using var pipeline = parts.CreatePipeline(metrics: null, output: null, probe);
        var segment = TimeSpan.FromSeconds(parts.Settings.Bench.SegmentSeconds);
        var pairs = new List<PairDocument>();
        var wanted = Math.Max(MinPairs, parts.Settings.Bench.Seconds / (2 * parts.Settings.Bench.SegmentSeconds));
        foreach (var (name, value) in FactsTable.Facts(ReadingDocument.From(parts), address: null))
            console.WriteLine($"{name, -9} {value}");
        var work = pipeline.RunAsync(signals.Stop, signals.Abandon);
        try
        {
            await WarmUpAsync(parts, work, signals.Stop);
            while (pairs.Count < wanted && !signals.Stop.IsCancellationRequested && !work.IsCompleted)
            {
                // In turns which goes first: a drift over a pair would else always favour the same side.
                var bareFirst = pairs.Count % 2 == 1;
                var bare = bareFirst ? await loops.RunAsync(segment) : 0;
                var ours = await PipelineSegment.RunAsync(pipeline, probe, parts, work, () => Task.Delay(segment));
                if (!bareFirst)
                    bare = await loops.RunAsync(segment);
                if (signals.Stop.IsCancellationRequested || work.IsCompleted)
                    break;
                pairs.Add(new PairDocument(ours, bare));
                console.WriteLine(
                    $"pair {pairs.Count, 2} of {wanted}: pipeline {Figures.Rate(ours)} images/s, bare loop {Figures.Rate(bare)} images/s, ratio {ours / bare:0.000}"
                );
            }
        }
        finally
        {
            pipeline.Resume();
            signals.RequestStop();
            await ServeCommand.RunAsync(work, signals);
        }

        return Report(console, parts, pairs);
    }

    private static int Report(IAnsiConsole console, MeterParts parts, List<PairDocument> pairs)
    {
        var ratio = PairedRatio.Of([.. pairs.Select(p => (p.Pipeline, p.BareLoop))]);
        console.WriteLine(
            ratio is null
                ? "ratio       too few pairs for an interval"
                : $"ratio       {ratio.Ratio.Value:0.000} ({ratio.Ratio.Low:0.000} to {ratio.Ratio.High:0.000}, 95 % interval) of the bare loop, scope {parts.Scope.Label()}, {pairs.Count} pairs, min {pairs.Min(p => p.Pipeline / p.BareLoop):0.000}, max {pairs.Max(p => p.Pipeline / p.BareLoop):0.000}"
        );
        if (parts.Settings.Bench.Json is { } json)
            JsonFile.Write(
                json,
                new PairedDocument(
                    1,
                    parts.Scope.Label(),
                    pairs,
                    IntervalDocument.From(ratio?.Ratio),
                    ReadingDocument.Describe(parts),
                    parts.Time.GetUtcNow()
                )
            );
        return ratio is null ? ExitCodes.Failed : ExitCodes.Ok;
    }

    private static async Task WarmUpAsync(MeterParts parts, Task work, CancellationToken stop)
    {
        // As long as a segment and some batches of each instance: caches, page faults and the clock settle in that.
        var batches = 4 * parts.Engine.Instances * parts.Devices.Count;
        while (parts.Counters.Snapshot().Batches < batches && !work.IsCompleted && !stop.IsCancellationRequested)
            await Task.WhenAny(work, Task.Delay(50, CancellationToken.None));
    }

    private static IEnumerable<Func<IBareLoop>> OpenLoops(MeterParts parts) =>
        from device in parts.Devices.Cast<IDeviceSessionFactory>()
        from _ in Enumerable.Range(0, parts.Engine.Instances)
        select (Func<IBareLoop>)(() => device.CreateBareLoop(parts.Engine.BatchSize));
}
