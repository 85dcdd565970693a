using System.CommandLine;
using InferenceMeter.Hosting;
using InferenceMeter.Inference;
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
                Images = new ImageSettings { Directory = parsed.GetValue(images) },
                Batching = new BatchingSettings { BatchSize = parsed.GetValue(batch) },
                Inference = new InferenceSettings { Instances = parsed.GetValue(instances) },
            };
    }

    private static MeterParts Open(MeterSettings settings, bool spinning)
    {
        var parts = MeterParts.Open(settings, new HashSet<string>(), Console.Error.WriteLine);
        if (!spinning)
            return parts;
        var factory = (OnnxSessionFactory)parts.Devices[0];
        return MeterParts.Over(
            settings,
            new Engine(
                [factory.With(EngineOpening.InferenceOptionsFor(parts.Engine) with { AllowSpinning = true })],
                parts.Engine,
                null
            ),
            TimeProvider.System
        );
    }

    private static async Task RunAsync(MeterSettings a, MeterSettings b, bool spinning, int pairs, int seconds)
    {
        using var ours = Open(a, spinning);
        using var baseline = MeterParts.Open(b, new HashSet<string>(), Console.Error.WriteLine);
        foreach (var (side, parts) in new[] { ("a", ours), ("b", baseline) })
            Console.WriteLine(
                $"{side}: {parts.Model.Name}, {parts.Model.Precision}, {parts.Model.Weights}, scope {parts.Settings.Metering.Scope}, batch {parts.Engine.BatchSize}, {parts.Engine.Instances} x {parts.Engine.IntraOpThreads} threads, {parts.Engine.DecoderWorkers} decoders, images {parts.Source.Kind}"
            );
        await using var first = new HeldPipeline(ours, seconds);
        await using var second = new HeldPipeline(baseline, seconds);
        await Pairs.RunAsync(pairs, ("a", () => first.SegmentAsync()), ("b", () => second.SegmentAsync()));
    }
}
