using System.CommandLine;
using InferenceMeter.Composition;
using InferenceMeter.Inference;
using InferenceMeter.Metering;
using InferenceMeter.Pipeline;
using InferenceMeter.Settings;

namespace InferenceMeter.Benchmarks.Pairing;

/// <summary><c>model-pair</c>: throughput of one model and scope over that of another, in turns in one run.</summary>
internal static class ModelPairCommand
{
    private const string BuiltIn = "built-in";

    public static Command Create()
    {
        var a = new Option<string>("--a")
        {
            Description = $"ONNX file, or {BuiltIn}",
            DefaultValueFactory = _ => BuiltIn,
        };
        var b = new Option<string>("--b")
        {
            Description = $"the baseline: ONNX file, or {BuiltIn}",
            DefaultValueFactory = _ => BuiltIn,
        };
        var aScope = new Option<string>("--a-scope") { DefaultValueFactory = _ => "model" };
        var bScope = new Option<string>("--b-scope") { DefaultValueFactory = _ => "model" };
        foreach (var scope in new[] { aScope, bScope })
            scope.AcceptOnlyFromAmong("model", "pipeline");
        var images = new Option<string?>("--images")
        {
            Description = "folder of images; synthetic photographs without it",
        };
        var batch = new Option<int?>("--batch");
        var instances = new Option<int?>("--instances") { Description = "of both" };
        var aSpinning = new Option<bool>("--a-spinning") { Description = "the intra-op threads of a spin" };
        var pairs = new Option<int>("--pairs") { DefaultValueFactory = _ => 8 };
        var seconds = new Option<int>("--seconds")
        {
            Description = "length of a segment",
            DefaultValueFactory = _ => 6,
        };
        var command = new Command("model-pair", "Throughput of one model and scope over that of another.")
        {
            a,
            b,
            aScope,
            bScope,
            images,
            batch,
            instances,
            aSpinning,
            pairs,
            seconds,
        };
        command.SetAction(
            (parsed, _) =>
                RunAsync(
                    Settings(parsed, parsed.GetValue(a)!, parsed.GetValue(aScope)!),
                    Settings(parsed, parsed.GetValue(b)!, parsed.GetValue(bScope)!),
                    parsed.GetValue(aSpinning),
                    parsed.GetValue(pairs),
                    parsed.GetValue(seconds)
                )
        );
        return command;

        MeterSettings Settings(ParseResult parsed, string model, string scope) =>
            new()
            {
                Model = new ModelSettings { Path = model == BuiltIn ? null : model },
                Metering = new MeteringSettings { Scope = scope },
                Images = new ImageSettings { Sources = parsed.GetValue(images) is { } place ? [place] : [] },
                Batching = new BatchingSettings { BatchSize = parsed.GetValue(batch) },
                Inference = new InferenceSettings { Instances = parsed.GetValue(instances) },
            };
    }

    private static async Task<Meter> OpenAsync(MeterSettings settings, bool spinning)
    {
        var meter = await settings.OpenAsync();
        if (!spinning)
            return meter;
        var factory = (OnnxSessionFactory)meter.Devices[0];
        var configuration = meter.Engine.Configuration;
        var options = configuration.InferenceOptions with { AllowSpinning = true };
        return await new MeterBuilder(settings.ToSetup(null, TimeProvider.System))
        {
            Engines = new OpenedEngine(new Engine([factory.With(options)], configuration, null)),
        }.BuildAsync(CancellationToken.None);
    }

    private static async Task RunAsync(MeterSettings a, MeterSettings b, bool spinning, int pairs, int seconds)
    {
        using var ours = await OpenAsync(a, spinning);
        using var baseline = await b.OpenAsync();
        foreach (var (side, meter) in new[] { ("a", ours), ("b", baseline) })
        {
            var engine = meter.Engine.Configuration;
            Console.WriteLine(
                $"{side}: {meter.Model.Name}, {meter.Model.Precision}, {meter.Model.Weights}, scope "
                    + $"{meter.Scope.Label()}, "
                    + $"batch {engine.BatchSize}, {engine.Instances} x {engine.IntraOpThreads} threads, "
                    + $"{engine.DecoderWorkers} decoders, images {meter.Source.Kind}"
            );
        }

        await using var first = new HeldPipeline(ours, seconds);
        await using var second = new HeldPipeline(baseline, seconds);
        await Pairs.RunAsync(pairs, ("a", () => first.SegmentAsync()), ("b", () => second.SegmentAsync()));
    }
}
