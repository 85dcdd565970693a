using System.CommandLine;
using InferenceMeter.Composition;
using InferenceMeter.Documents;
using InferenceMeter.Errors;
using InferenceMeter.Images;
using InferenceMeter.Metering;
using InferenceMeter.Models;
using InferenceMeter.Models.Accuracy;
using InferenceMeter.Pipeline;
using InferenceMeter.Reports;
using InferenceMeter.Settings;
using InferenceMeter.Terminal;
using Spectre.Console;

namespace InferenceMeter.Cli.Models;

/// <summary>
/// <c>model evaluate FILE --images DIR</c>: how often a model is right, how often two agree; it becomes the accuracy
/// label of readings.
/// </summary>
internal static class EvaluateCommand
{
    public static Command Create(
        Action<Command, CommandScopes, Func<MeterSettings, ParseResult, CancellationToken, Task<int>>> add
    )
    {
        var file = new Argument<string>("FILE")
        {
            Description = "ONNX image classifier: a file, or a name of `model list`",
        };
        var labels = new Option<string?>("--labels")
        {
            Description =
                "which class each image shows: lines of a file's name and a class index (TSV, CSV, "
                + "ImageNet's val.txt); default: labels.tsv in the folder, else its subfolders named "
                + "n01440764, ...",
            HelpName = "FILE",
        };
        var synsets = new Option<string?>("--synsets")
        {
            Description =
                "order of the classes for such subfolders, a synset a line; not needed when all 1,000 are there",
            HelpName = "FILE",
        };
        var against = new Option<string?>("--against")
        {
            Description = "another model, whose answers are compared with this one's",
            HelpName = "FILE",
        };
        var json = new Option<string?>("--json") { Description = "write the result as JSON", HelpName = "FILE" };
        var command = new Command(
            "evaluate",
            "Tell how often a model is right on labelled images, and how often it agrees with another; "
                + "readings then name it."
        )
        {
            file,
            labels,
            synsets,
            against,
            json,
        };
        add(
            command,
            CommandScopes.Evaluate,
            (settings, parsed, _) =>
                RunAsync(
                    settings,
                    parsed.GetValue(file)!,
                    parsed.GetValue(labels),
                    parsed.GetValue(synsets),
                    parsed.GetValue(against),
                    parsed.GetValue(json)
                )
        );
        return command;
    }

    private static async Task<int> RunAsync(
        MeterSettings settings,
        string file,
        string? labels,
        string? synsets,
        string? against,
        string? json
    )
    {
        if (settings.Images.Sources.Count == 0)
            throw new UserException("--images is missing: the images to be classified");
        if (labels is not null && synsets is not null)
            throw new UserException("--synsets is for images in subfolders; with --labels leave it away");
        if (json is not null)
            JsonFile.Probe(json);
        var console = AnsiConsole.Console;
        using var signals = new ShutdownSignals();
        var other = against is null
            ? null
            : (
                await ClassifyAsync(
                    settings with
                    {
                        Model = settings.Model with { Path = against, Precision = null },
                    },
                    signals,
                    _ => new EvaluationOutput(truth: null, other: null)
                )
            )
                .Output
                .Answers;
        if (signals.Stop.IsCancellationRequested)
            return Interrupted();
        GroundTruth? truth = null;
        var result = await ClassifyAsync(
            settings with
            {
                Model = settings.Model with { Path = file },
            },
            signals,
            meter =>
            {
                truth = Truth(settings.Images.Sources, labels, synsets, meter, optional: against is not null);
                return new EvaluationOutput(truth, other);
            }
        );
        if (signals.Stop.IsCancellationRequested)
            return Interrupted();

        var (output, reading) = result;
        if (output.Top1.Total == 0 && (truth is not null || against is null))
            throw new UserException(
                $"none of the {output.Answers.Count:#,0} images has a label; labels name files as they are "
                    + $"below {string.Join(", ", settings.Images.Sources.Select(ImageAddress.WithoutSecret))}, "
                    + "or lie beside the images of an archive"
            );
        var record =
            output.Top1.Total == 0
                ? null
                : new AccuracyRecord
                {
                    ModelSha256 = reading.Engine.ModelSha256,
                    Precision = reading.Engine.Precision,
                    Provider = reading.Engine.Provider,
                    Images = output.Top1.Total,
                    Top1 = output.Top1.Count,
                    Top5 = output.Top5.Count,
                    At = reading.At,
                };
        Print(console, output, reading, record, against);
        if (record is not null)
            Keep(console, settings, record);
        if (json is not null)
            JsonFile.Write(json, EvaluationDocument.From(output, reading, record, against));
        return reading.Images.Failed > 0 ? ExitCodes.Failed : ExitCodes.Ok;
    }

    /// <summary>
    /// What the images show, as files and folders say it; <see langword="null"/> when only archives can, or when
    /// nothing has to.
    /// </summary>
    private static GroundTruth? Truth(
        IReadOnlyList<string> places,
        string? labels,
        string? synsets,
        Meter meter,
        bool optional
    )
    {
        var folder = places.Count == 1 && Directory.Exists(places[0]) ? places[0] : null;
        if (labels is null && synsets is null && folder is not null)
            labels = Path.Combine(folder, "labels.tsv") is var beside && File.Exists(beside) ? beside : null;
        if (labels is not null)
            return GroundTruth.FromFile(labels, meter.Model.Classes);
        if (folder is null)
            return synsets is null ? null : GroundTruth.FromFolders(places[0], synsets, meter.Model.Classes);
        try
        {
            return GroundTruth.FromFolders(folder, synsets, meter.Model.Classes);
        }
        catch (ModelException) when (synsets is null && (optional || meter.Source.DistinctImages is null))
        {
            // Two models are compared, which needs no truth; or the folder holds archives, which may know it.
            return null;
        }
    }

    private static async Task<(EvaluationOutput Output, ReadingDocument Reading)> ClassifyAsync(
        MeterSettings settings,
        ShutdownSignals signals,
        Func<Meter, EvaluationOutput> create
    )
    {
        // Each image once, by the same pipeline that serves.
        using var meter = await MeterStartup.OpenAsync(
            settings with
            {
                Once = settings.Once with { Enabled = true },
            },
            finished: null,
            signals.Stop
        );
        var output = create(meter);
        using var pipeline = meter.CreatePipeline(metrics: null, output);
        var work = pipeline.RunAsync(signals.Stop, signals.Abandon);
        await new OnceScreen(AnsiConsole.Console, Read).RunAsync(work, meter.Source.DistinctImages);
        await work;
        return (output, Read());

        ReadingDocument Read() => ReadingDocument.From(meter.Snapshot());
    }

    private static void Print(
        IAnsiConsole console,
        EvaluationOutput output,
        ReadingDocument reading,
        AccuracyRecord? record,
        string? against
    )
    {
        var engine = reading.Engine;
        console.WriteLine(
            $"model       {engine.Model}, {engine.Precision}, {engine.Provider}, "
                + $"{engine.ModelSha256[..Math.Min(12, engine.ModelSha256.Length)]}"
        );
        var unlabelled =
            output.Unlabelled > 0 && record is not null ? $", {output.Unlabelled:#,0} without a label" : "";
        console.WriteLine(
            $"images      {reading.Images.Ok:#,0} classified, {reading.Images.Failed:#,0} failed{unlabelled}"
        );
        if (record is not null)
        {
            console.WriteLine($"top-1       {Share(output.Top1)}");
            console.WriteLine($"top-5       {Share(output.Top5)}");
        }

        if (against is not null)
        {
            console.WriteLine($"agreement   {Share(output.Agreement)} with the best class of {against}");
            console.WriteLine($"            {Share(output.OtherInTop5)} have that class among the best five");
        }

        console.WriteLine(
            $"throughput  {Figures.Rate(reading.Images.Ok / Math.Max(reading.UptimeSeconds, 1e-9))} "
                + "images/s overall, on the way"
        );
        if (record is not null)
            console.WriteLine($"label       {record.Label}");
    }

    private static string Share(Proportion share) =>
        $"{share.Share:0.00%} ({share.Low:0.00%} to {share.High:0.00%}), {share.Count:#,0} of {share.Total:#,0}";

    private static void Keep(IAnsiConsole console, MeterSettings settings, AccuracyRecord record)
    {
        try
        {
            console.WriteLine($"kept        {AccuracyStore.InCache(settings.Model.CacheDirectory).Save(record)}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"warning: the result is not kept, and readings will not name it: {e.Message}");
        }
    }

    private static int Interrupted()
    {
        Console.Error.WriteLine("interrupted: a part of the images says nothing, and nothing is kept");
        return ExitCodes.Interrupted;
    }
}
