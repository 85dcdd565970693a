using System.CommandLine;
using System.Globalization;
using InferenceMeter.Settings;

namespace InferenceMeter.Benchmarks.Pairing;

/// <summary>
/// <c>build-pair</c>: throughput of one build of this program over that of another, in turns; each runs in a process of
/// its own (<c>model-segments</c>) and waits while the other is measured.
/// </summary>
internal static class BuildPairCommand
{
    public static Command Create()
    {
        var a = new Option<FileInfo>("--a")
        {
            Description = "InferenceMeter.Benchmarks.dll of a build",
            Required = true,
        };
        var b = new Option<FileInfo>("--b") { Description = "The same of the baseline", Required = true };
        var pairs = new Option<int>("--pairs") { Description = "Number of pairs", DefaultValueFactory = _ => 8 };
        var seconds = new Option<int>("--seconds")
        {
            Description = "Length of one segment in seconds",
            DefaultValueFactory = _ => 6,
        };
        var command = new Command("build-pair", "Throughput in model scope of one build over that of another")
        {
            a,
            b,
            pairs,
            seconds,
        };
        command.SetAction(
            (parsed, _) =>
                RunAsync(parsed.GetValue(a)!, parsed.GetValue(b)!, parsed.GetValue(pairs), parsed.GetValue(seconds))
        );
        return command;
    }

    /// <summary><c>model-segments</c>: one segment in model scope for each line on standard input.</summary>
    public static Command CreateSegments()
    {
        var seconds = new Option<int>("--seconds") { DefaultValueFactory = _ => 6 };
        var command = new Command("model-segments", "One segment in model scope per line read; prints images/s")
        {
            seconds,
        };
        command.SetAction((parsed, _) => AnswerAsync(parsed.GetValue(seconds)));
        return command;
    }

    private static async Task RunAsync(FileInfo a, FileInfo b, int pairs, int seconds)
    {
        using var ours = Start(a, seconds);
        using var baseline = Start(b, seconds);
        Console.WriteLine($"a: {ours.Line()}");
        Console.WriteLine($"b: {baseline.Line()}");
        await Pairs.RunAsync(pairs, ("a", () => Segment(ours)), ("b", () => Segment(baseline)));
    }

    private static LineProcess Start(FileInfo build, int seconds) =>
        new("dotnet", [build.FullName, "model-segments", "--seconds", seconds.ToString(CultureInfo.InvariantCulture)]);

    private static Task<double> Segment(LineProcess build) =>
        Task.Run(() => double.Parse(build.Ask("segment"), CultureInfo.InvariantCulture));

    private static async Task AnswerAsync(int seconds)
    {
        var settings = new MeterSettings
        {
            Metering = new MeteringSettings { Scope = "model" },
            Inference = new InferenceSettings { Provider = "cpu" },
        };
        using var meter = await settings.OpenAsync();
        await using var pipeline = new HeldPipeline(meter, seconds);
        var engine = meter.Engine.Configuration;
        var libraries = Directory
            .EnumerateFiles(AppContext.BaseDirectory, "libonnxruntime*.so", SearchOption.AllDirectories)
            .Select(file => Path.GetFileName(file)!)
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal);
        Console.WriteLine(
            $"{meter.Model.Name}, {meter.Model.Precision}, batch {engine.BatchSize}, {engine.Instances} x "
                + $"{engine.IntraOpThreads} threads, {string.Join(", ", libraries)}"
        );
        while (Console.ReadLine() is not null)
            Console.WriteLine((await pipeline.SegmentAsync()).ToString("0.000", CultureInfo.InvariantCulture));
    }
}
