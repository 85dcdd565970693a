using InferenceMeter.Composition;
using InferenceMeter.Documents;
using InferenceMeter.Errors;
using InferenceMeter.Inference;
using InferenceMeter.Metering;
using InferenceMeter.Pipeline;
using InferenceMeter.Runs;
using InferenceMeter.Settings;
using InferenceMeter.Terminal;
using Spectre.Console;

namespace InferenceMeter.Cli;

/// <summary>A bounded measurement with a verdict, on the pipeline that also serves.</summary>
internal static class BenchCommand
{
    public static async Task<int> RunAsync(MeterSettings settings)
    {
        if (settings.Bench.Json is { } json)
            JsonFile.Probe(json);
        using var signals = new ShutdownSignals();
        using var meter = await MeterStartup.OpenAsync(settings, finished: null, signals.Stop);
        meter.Cost.Refresher.Start();
        return settings.Bench.Paired
            ? await RunPairedAsync(meter, settings.Bench, signals)
            : await RunAsync(meter, settings.Bench, signals);
    }

    private static async Task<int> RunAsync(Meter meter, BenchSettings settings, ShutdownSignals signals)
    {
        var console = AnsiConsole.Console;
        using var pipeline = meter.CreatePipeline();
        var work = pipeline.RunAsync(signals.Stop, signals.Abandon);
        var options = Options(settings);
        var run = new MeasuredRun(meter.RunSubject, new RunRecorder(meter.Throughput, meter.Latency), options);
        BenchScreen.PrintFacts(console, ReadingDocument.From(meter.Snapshot()));
        var report = await StatusLine.RunAsync(
            console,
            "warming up",
            show =>
            {
                var progress = new ActionProgress<RunProgress>(at => show(BenchScreen.Line(at, options.Seconds)));
                return run.RunAsync(work, progress, signals.Stop);
            }
        );
        var document = BenchDocument.From(report, meter.Snapshot());
        signals.RequestStop();
        var drained = true;
        InferenceException? lost = null;
        try
        {
            drained = await ServeCommand.RunAsync(work, signals);
        }
        catch (InferenceException e)
        {
            // What was measured until then is still told, as INVALID.
            lost = e;
        }

        BenchReport.Print(console, document);
        new RunArchive(meter.History).Save(document.ToRecord(report.Verdict.Verdict));
        if (meter.History?.Trouble is { } trouble)
            await Console.Error.WriteLineAsync($"warning: the run is not in the history: {trouble}");
        if (settings.Json is { } json)
            JsonFile.Write(json, document);
        if (lost is not null)
            throw lost;
        var code = report.Verdict.Valid ? ExitCodes.Ok : ExitCodes.Failed;
        if (!drained)
            Environment.Exit(code);
        return code;
    }

    private static async Task<int> RunPairedAsync(Meter meter, BenchSettings settings, ShutdownSignals signals)
    {
        var console = AnsiConsole.Console;
        var options = new PairedRunOptions
        {
            Segment = TimeSpan.FromSeconds(settings.SegmentSeconds),
            Length = TimeSpan.FromSeconds(Options(settings).Seconds),
            Instances = meter.Engine.Configuration.Instances,
            BatchSize = meter.Engine.Configuration.BatchSize,
        };
        using var run = new PairedRun(meter.RunSubject, options);
        var probe = new CompletionProbe(meter.Time);
        using var pipeline = meter.CreatePipeline(probe: probe);
        BenchScreen.PrintFacts(console, ReadingDocument.From(meter.Snapshot()));
        var work = pipeline.RunAsync(signals.Stop, signals.Abandon);
        var segments = new PipelineSegment(pipeline, probe, meter.Throughput, meter.Options.Batching.Batches, work);
        var number = 0;
        var progress = new ActionProgress<RunPair>(pair =>
            console.WriteLine(BenchScreen.Line(pair, ++number, options.Pairs))
        );
        IReadOnlyList<RunPair> pairs;
        try
        {
            pairs = await run.RunAsync(segments, work, progress, signals.Stop);
        }
        finally
        {
            pipeline.Resume();
            signals.RequestStop();
            await ServeCommand.RunAsync(work, signals);
        }

        var ratio = PairedRatio.Of([.. pairs.Select(pair => (pair.Pipeline, pair.BareLoop))]);
        console.WriteLine(BenchScreen.Line(ratio, pairs, meter.Scope));
        if (settings.Json is { } json)
            JsonFile.Write(json, Document(meter, pairs, ratio));
        return ratio is null ? ExitCodes.Failed : ExitCodes.Ok;
    }

    /// <summary>A length that was not given is what the rules need.</summary>
    private static RunOptions Options(BenchSettings settings)
    {
        var rules = settings.Rules == RunRules.MlPerf.Name ? RunRules.MlPerf : RunRules.Default;
        return new RunOptions
        {
            Rules = rules,
            Seconds = settings.Seconds ?? rules.MinSeconds,
            Images = settings.Seconds is null ? rules.MinImages : 0,
        };
    }

    private static PairedDocument Document(Meter meter, IReadOnlyList<RunPair> pairs, PairedRatio? ratio)
    {
        var snapshot = meter.Snapshot();
        return new PairedDocument
        {
            SchemaVersion = 1,
            Scope = snapshot.Scope.Label(),
            Pairs = [.. pairs.Select(PairDocument.From)],
            Ratio = IntervalDocument.From(ratio?.Ratio),
            Engine = EngineDocument.From(snapshot),
            FinishedAt = snapshot.At,
        };
    }
}
