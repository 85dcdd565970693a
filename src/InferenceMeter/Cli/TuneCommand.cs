using System.CommandLine;
using InferenceMeter.Composition;
using InferenceMeter.Errors;
using InferenceMeter.Images;
using InferenceMeter.Inference;
using InferenceMeter.Models.Accuracy;
using InferenceMeter.Pipeline;
using InferenceMeter.Pricing;
using InferenceMeter.Reports;
using InferenceMeter.Settings;
using InferenceMeter.Terminal;
using InferenceMeter.Tuning;
using Spectre.Console;

namespace InferenceMeter.Cli;

/// <summary><c>tune</c>: finds the cheapest configuration of this machine that keeps the limits.</summary>
internal static class TuneCommand
{
    private const double Shortest = 1;

    public static Command Create(Action<Command, Func<MeterSettings, ParseResult, CancellationToken, Task<int>>> add)
    {
        var models = new Argument<string[]>("FILE")
        {
            Description =
                "models to choose from, files or names of `model list`, such as one in fp32 and the same "
                + "in int8; default: the built-in one",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var objective = new Option<string>("--objective")
        {
            Description = "what is to be best: usd (per billion), images (a second) or joules (an image)",
            HelpName = "NAME",
            DefaultValueFactory = _ => "usd",
        };
        var maxP99 = new Option<string?>("--max-p99")
        {
            Description = "limit of the 99th percentile of latency, as 15ms or 2s",
            HelpName = "TIME",
        };
        var maxMemory = new Option<int?>("--max-memory")
        {
            Description = "limit of memory: of the device, or of this process on a CPU",
            HelpName = "MB",
        };
        var maxDrop = new Option<double?>("--max-accuracy-drop")
        {
            Description =
                "points of top-1 accuracy that a model may be below the best of them; both as `model "
                + "evaluate` found them",
            HelpName = "POINTS",
        };
        var seconds = new Option<int>("--seconds")
        {
            Description = "length of a trial in the last round; the first ones are shorter",
            HelpName = "N",
            DefaultValueFactory = _ => 60,
        };
        var output = new Option<string>("--output")
        {
            Description = "settings file to write, for --settings",
            HelpName = "FILE",
            DefaultValueFactory = _ => "tuned.json",
        };
        var plot = new Option<string?>("--plot")
        {
            Description = "write a drawing of cost against p99 (SVG)",
            HelpName = "FILE",
        };
        var resume = new Option<bool>("--resume") { Description = "go on with the trials of an interrupted run" };
        var exhaustive = new Option<bool>("--exhaustive")
        {
            Description =
                "give every configuration a trial of full length: takes long, and shows what the search misses",
        };
        var command = new Command(
            "tune",
            "Find the cheapest configuration of this machine: model and precision, batch, instances, threads, decoders."
        )
        {
            models,
            objective,
            maxP99,
            maxMemory,
            maxDrop,
            seconds,
            output,
            plot,
            resume,
            exhaustive,
        };
        add(
            command,
            (settings, parsed, cancellation) =>
                RunAsync(
                    settings,
                    Request(
                        parsed.GetValue(objective)!,
                        parsed.GetValue(maxP99),
                        parsed.GetValue(maxMemory),
                        parsed.GetValue(maxDrop),
                        parsed.GetValue(seconds),
                        parsed.GetValue(exhaustive)
                    ),
                    parsed.GetValue(models) ?? [],
                    parsed.GetValue(output)!,
                    parsed.GetValue(plot),
                    parsed.GetValue(resume),
                    cancellation
                )
        );
        return command;
    }

    private sealed record TuneRequest(
        Objective Objective,
        Constraints Constraints,
        double? MaxDrop,
        IReadOnlyList<double> Rounds
    );

    private static TuneRequest Request(
        string objective,
        string? maxP99,
        int? maxMemory,
        double? maxDrop,
        int seconds,
        bool exhaustive
    )
    {
        if (seconds is < 2 or > 3600)
            throw new UserException($"--seconds is {seconds}, accepted: a whole number from 2 to 3,600");
        if (maxMemory < 1)
            throw new UserException($"--max-memory is {maxMemory}, accepted: a whole number of MB from 1");
        if (maxDrop is < 0 or > 100)
            throw new UserException($"--max-accuracy-drop is {maxDrop}, accepted: a number from 0 to 100");
        var wanted = objective switch
        {
            "usd" => Objective.Usd,
            "images" => Objective.Images,
            "joules" => Objective.Joules,
            _ => throw new UserException($"--objective is '{objective}', accepted: usd or images or joules"),
        };
        var rounds = new List<double> { seconds };
        while (!exhaustive && rounds[0] / SuccessiveHalving.Kept >= Shortest)
            rounds.Insert(0, rounds[0] / SuccessiveHalving.Kept);
        return new TuneRequest(
            wanted,
            new Constraints(maxP99 is null ? null : Times.Parse("--max-p99", maxP99), maxMemory * 1_000_000L),
            maxDrop,
            rounds
        );
    }

    private static async Task<int> RunAsync(
        MeterSettings settings,
        TuneRequest request,
        string[] files,
        string output,
        string? plot,
        bool resume,
        CancellationToken cancellation
    )
    {
        using var signals = new ShutdownSignals();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, signals.Stop);
        JsonFile.Probe(output);
        var warnings = new HashSet<string>(StringComparer.Ordinal);
        void Warn(string warning)
        {
            if (warnings.Add(warning))
                Console.Error.WriteLine($"warning: {warning}");
        }

        // Downloads first: they can be interrupted, and are not to be in the way of a screen.
        var paths = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in files)
            paths[file] = await ModelFiles.ResolveAsync(file, settings.Model, stop.Token);
        var (candidates, known, provider) = await SpaceAsync(settings, request, paths, Warn, stop.Token);
        // From here on the provider is known: trials do not choose again.
        settings = settings with
        {
            Inference = settings.Inference with { Provider = provider },
        };
        using var log = TrialLog.Open($"{output}.trials", resume, known);
        var setup = settings.ToSetup(null, TimeProvider.System);
        var engines = new EngineFactory(TimeProvider.System) { Warn = Warn };
        using var prices = new PriceSources(setup.Cost.Price, TimeProvider.System);
        using var runner = new TrialRunner(setup, prices.Open, paths, engines, Warn);
        var start = TimeProvider.System.GetTimestamp();
        var search = new SuccessiveHalving(request.Objective, request.Constraints, request.Rounds);
        var screen = new TuneScreen(AnsiConsole.Console, request.Rounds, candidates.Count, search, request.Constraints);
        TuningResult result;
        try
        {
            result = await screen.RunAsync(onProgress =>
                search.RunAsync(
                    candidates,
                    async (candidate, seconds) =>
                        log.Find(candidate, seconds)
                        ?? log.Add(
                            await runner.RunAsync(candidate, seconds, usual: seconds >= request.Rounds[^1], stop.Token),
                            seconds
                        ),
                    onProgress
                )
            );
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync(
                $"interrupted: the trials until here are in {output}.trials; --resume goes on with them"
            );
            return ExitCodes.Interrupted;
        }

        if (plot is not null)
            WritePlot(plot, result, request.Constraints);
        if (result.Winner is not { } winner)
        {
            await Console.Error.WriteLineAsync(
                $"error: no configuration keeps the limits; the nearest: {Nearest(result, request.Constraints)}"
            );
            return ExitCodes.Failed;
        }

        JsonFile.Write(output, Document(settings, winner, result, request, TimeProvider.System.GetElapsedTime(start)));
        log.Delete();
        TuneScreen.Report(AnsiConsole.Console, result, output);
        return ExitCodes.Ok;
    }

    /// <summary>The candidates, a text that is the same when the search is, and the provider that runs them.</summary>
    private static async Task<(List<Candidate> Candidates, string Known, string Provider)> SpaceAsync(
        MeterSettings settings,
        TuneRequest request,
        IReadOnlyDictionary<string, string> paths,
        Action<string> warn,
        CancellationToken cancellation
    )
    {
        var candidates = new List<Candidate>();
        var (hashes, provider, accuracies) = (
            new List<string>(),
            "",
            new List<(string File, AccuracyRecord? Record)>()
        );
        foreach (var file in paths.Count > 0 ? paths.Keys : [TrialRunner.DefaultModelName])
        {
            var setup = settings.ToSetup(null, TimeProvider.System);
            setup = setup with { Model = setup.Model with { Path = paths.GetValueOrDefault(file) } };
            using var meter = await new MeterBuilder(setup) { Warn = warn }.BuildAsync(cancellation);
            var (model, cores) = (meter.Model, Environment.ProcessorCount);
            hashes.Add($"{model.Sha256}/{model.Precision}");
            provider = ExecutionProviders.OfOnnxRuntime(meter.Devices[0].Provider).Label();
            accuracies.Add(
                (
                    file,
                    AccuracyStore
                        .InCache(settings.Model.CacheDirectory)
                        .Find(model.Sha256, model.Precision, meter.Devices[0].Provider)
                )
            );
            var decodes = meter.Scope != Metering.Scope.Model;
            var standard = new Candidate
            {
                Model = file,
                Precision = model.Precision,
                Batch = meter.Engine.Configuration.BatchSize,
                Instances = meter.Engine.Configuration.Instances,
                Threads = meter.Engine.Configuration.IntraOpThreads,
                Decoders = meter.Engine.Configuration.DecoderWorkers,
                IsDefault = candidates.Count == 0,
            };
            var space =
                provider == "cpu"
                    ? SearchSpace.Cpu(standard, model.FixedBatch is null, cores, decodes)
                    : SearchSpace.Gpu(standard, model.FixedBatch is null, cores, decodes);
            // What the user has settled is not tried otherwise.
            candidates.AddRange(
                space.Where(candidate =>
                    (settings.Batching.BatchSize is null || candidate.Batch == standard.Batch)
                    && (settings.Inference.Instances is null || candidate.Instances == standard.Instances)
                    && (settings.Inference.IntraOpThreads is null || candidate.Threads == standard.Threads)
                    && (settings.Preprocessing.Workers is null || candidate.Decoders == standard.Decoders)
                )
            );
        }

        if (request.MaxDrop is { } drop)
            candidates = Accurate(candidates, accuracies, drop);
        return (
            candidates,
            $"{string.Join(' ', hashes)} {provider} {Environment.ProcessorCount} {settings.Metering.Scope} "
                + string.Join(' ', settings.Images.Sources.Select(ImageAddress.WithoutSecret)),
            provider
        );
    }

    /// <summary>Those of models that are right enough.</summary>
    private static List<Candidate> Accurate(
        List<Candidate> candidates,
        List<(string File, AccuracyRecord? Record)> accuracies,
        double drop
    )
    {
        if (accuracies.Find(model => model.Record is null) is { File: { } unknown })
            throw new UserException(
                $"--max-accuracy-drop needs to know how right {unknown} is: run `inferencemeter model "
                    + $"evaluate {unknown} --images DIR` first"
            );
        if (accuracies.Select(model => model.Record!.Images).Distinct().Count() > 1)
        {
            var counts = accuracies.Select(model => $"{model.File}: {model.Record!.Images:#,0}");
            throw new UserException(
                $"the models were evaluated on different numbers of images ({string.Join(", ", counts)}); "
                    + "evaluate them on the same ones"
            );
        }

        var best = accuracies.Max(model => Top1(model.Record!));
        var right = accuracies
            .Where(model => best - Top1(model.Record!) <= drop + 1e-9)
            .Select(model => model.File)
            .ToHashSet(StringComparer.Ordinal);
        var left = candidates.Where(candidate => right.Contains(candidate.Model)).ToList();
        if (!left.Exists(candidate => candidate.IsDefault))
            left[0] = left[0] with { IsDefault = true };
        return left;

        static double Top1(AccuracyRecord record) => 100.0 * record.Top1 / record.Images;
    }

    private static string Nearest(TuningResult result, Constraints constraints) =>
        result.Trials.Where(trial => trial.Failure is null).OrderBy(trial => trial.P99Seconds).FirstOrDefault()
            is { } trial
            ? $"{trial.Candidate}: {constraints.Broken(trial)}"
            : result.Trials.Select(trial => trial.Failure).FirstOrDefault(failure => failure is not null) ?? "none ran";

    private static void WritePlot(string path, TuningResult result, Constraints constraints)
    {
        try
        {
            File.WriteAllText(path, FrontPlot.Document(result, constraints));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new UserException(
                $"--plot {path} cannot be written: {e.Message}; give a file in a folder that exists and is yours"
            );
        }
    }

    private static Dictionary<string, object?> Document(
        MeterSettings settings,
        Trial winner,
        TuningResult result,
        TuneRequest request,
        TimeSpan took
    )
    {
        var candidate = winner.Candidate;
        var sections = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["Batching"] = new Dictionary<string, object> { ["BatchSize"] = candidate.Batch },
            ["Inference"] = new Dictionary<string, object>
            {
                ["Provider"] = settings.Inference.Provider,
                ["Instances"] = candidate.Instances,
                ["IntraOpThreads"] = candidate.Threads,
            },
            ["Preprocessing"] = new Dictionary<string, object> { ["Workers"] = candidate.Decoders },
            ["Tuned"] = new Dictionary<string, object?>
            {
                ["at"] = TimeProvider.System.GetUtcNow(),
                ["objective"] = request.Objective.ToString().ToLowerInvariant(),
                ["precision"] = candidate.Precision,
                ["imagesPerSecond"] = winner.ImagesPerSecond?.Value,
                ["usdPerBillionImages"] = winner.UsdPerBillion,
                ["p99Seconds"] = winner.P99Seconds,
                ["overDefault"] = result.Default?.ImagesPerSecond is { } rate
                    ? winner.ImagesPerSecond?.Value / rate.Value
                    : null,
                ["configurations"] = result.Trials.Count,
                ["seconds"] = Math.Round(took.TotalSeconds, 1),
            },
        };
        if (candidate.Model != TrialRunner.DefaultModelName)
            sections["Model"] = new Dictionary<string, object> { ["Path"] = ModelFiles.FromAnywhere(candidate.Model) };
        return sections;
    }
}
