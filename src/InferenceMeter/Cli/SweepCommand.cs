using System.CommandLine;
using System.Globalization;
using System.Text;
using InferenceMeter.Documents;
using InferenceMeter.Errors;
using InferenceMeter.LoadTesting;
using InferenceMeter.Reports;
using InferenceMeter.Settings;
using InferenceMeter.Terminal;
using Spectre.Console;

namespace InferenceMeter.Cli;

/// <summary><c>sweep</c>: load runs over rates or numbers of clients, and batch sizes, side by side.</summary>
internal static class SweepCommand
{
    private const int MostRuns = 1000;

    public static Command Create(Action<Command, Func<MeterSettings, ParseResult, CancellationToken, Task<int>>> add)
    {
        var target = new Argument<string>("TARGET") { Description = "as of load", DefaultValueFactory = _ => "self" };
        var rates = new Option<string?>("--rates")
        {
            Description = "queries a second of the scenario server, such as 5,10,20",
            HelpName = "LIST",
        };
        var clients = new Option<string?>("--concurrency")
        {
            Description = "clients of the scenario closed, such as 1,2,4",
            HelpName = "LIST",
        };
        var batches = new Option<string?>("--batches")
        {
            Description = "of self: images in a full batch, such as 1,4,8",
            HelpName = "LIST",
        };
        var seconds = new Option<double>("--seconds")
        {
            Description = "of each run",
            HelpName = "N",
            DefaultValueFactory = _ => 20,
        };
        var bound = new Option<string?>("--bound")
        {
            Description = "latency bound of p99 with --rates, as 15ms or 2s, or none; default: 15ms",
            HelpName = "TIME",
        };
        var errors = new Option<double>("--max-errors")
        {
            Description = "share of queries that may fail or be turned away where there is no bound, 0 to 1",
            HelpName = "SHARE",
            DefaultValueFactory = _ => 0,
        };
        var protocol = new Option<string>("--protocol")
        {
            Description = "as of load",
            HelpName = "NAME",
            DefaultValueFactory = _ => "classify",
        };
        var model = new Option<string?>("--target-model") { Description = "as of load", HelpName = "NAME" };
        var csv = new Option<string?>("--csv") { Description = "write a row a run", HelpName = "FILE" };
        var json = new Option<string?>("--json") { Description = "write all runs as JSON", HelpName = "FILE" };
        var plot = new Option<string?>("--plot")
        {
            Description = "write a drawing of latency against throughput, with the cost (SVG)",
            HelpName = "FILE",
        };
        var command = new Command(
            "sweep",
            "Test a target under rates or numbers of clients, and batch sizes, one after the other."
        )
        {
            target,
            rates,
            clients,
            batches,
            seconds,
            bound,
            errors,
            protocol,
            model,
            csv,
            json,
            plot,
        };
        add(
            command,
            (settings, parsed, cancellation) =>
            {
                if ((parsed.GetValue(rates) is null) == (parsed.GetValue(clients) is null))
                    throw new UserException("a sweep needs either --rates or --concurrency, such as --rates 5,10,20");
                var open = parsed.GetValue(rates) is not null;
                var plan = new LoadPlan
                {
                    Scenario = open ? Scenario.Server : Scenario.Closed,
                    Seconds = LoadCommand.InRange("--seconds", parsed.GetValue(seconds), 1, 86_400),
                    BoundSeconds = LoadCommand.Bound(parsed.GetValue(bound), open ? Scenario.Server : Scenario.Closed),
                    MaxErrors = LoadCommand.InRange("--max-errors", parsed.GetValue(errors), 0, 1),
                };
                var loads = open
                    ? Numbers("--rates", parsed.GetValue(rates)!, 0.01, 1_000_000)
                    : Numbers("--concurrency", parsed.GetValue(clients)!, 1, 100_000);
                var sizes = parsed.GetValue(batches) is { } list
                    ? Numbers("--batches", list, 1, 4096).Select(size => (int?)size).ToArray()
                    : [null];
                if (sizes[0] is not null && parsed.GetValue(target) != "self")
                    throw new UserException(
                        "--batches goes with the target self; a server elsewhere has its own batches"
                    );
                if (loads.Length * sizes.Length > MostRuns)
                    throw new UserException(
                        $"{loads.Length * sizes.Length:#,0} runs are more than {MostRuns:#,0}; give fewer values"
                    );
                var request = new SweepRequest
                {
                    Target = parsed.GetValue(target)!,
                    Plan = plan,
                    Open = open,
                    Loads = loads,
                    Batches = sizes,
                    Protocol = parsed.GetValue(protocol)!,
                    Model = parsed.GetValue(model) ?? "resnet50",
                    Csv = parsed.GetValue(csv),
                    Json = parsed.GetValue(json),
                    Plot = parsed.GetValue(plot),
                };
                return RunAsync(settings, request, cancellation);
            }
        );
        return command;
    }

    private sealed record SweepRequest
    {
        public required string Target { get; init; }

        public required LoadPlan Plan { get; init; }

        public required bool Open { get; init; }

        public required double[] Loads { get; init; }

        public required int?[] Batches { get; init; }

        public required string Protocol { get; init; }

        public required string Model { get; init; }

        public required string? Csv { get; init; }

        public required string? Json { get; init; }

        public required string? Plot { get; init; }
    }

    private static async Task<int> RunAsync(
        MeterSettings settings,
        SweepRequest request,
        CancellationToken cancellation
    )
    {
        foreach (var file in new[] { request.Csv, request.Json, request.Plot }.OfType<string>())
            JsonFile.Probe(file);
        using var signals = new ShutdownSignals();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, signals.Stop);
        var runs = new List<LoadDocument>();
        foreach (var batch in request.Batches)
        {
            if (stop.IsCancellationRequested)
                break;
            await using var session = await LoadCommand.OpenAsync(
                settings with
                {
                    Batching = settings.Batching with { BatchSize = batch ?? settings.Batching.BatchSize },
                },
                request.Target,
                request.Protocol,
                request.Model,
                request.Plan.Samples,
                tensors: false,
                stop.Token
            );
            var price = await LoadCommand.PriceAsync(session, request.Target, settings, stop.Token);
            foreach (var load in request.Loads)
            {
                if (stop.IsCancellationRequested)
                    break;
                var plan = request.Open
                    ? request.Plan with
                    {
                        Rate = load,
                    }
                    : request.Plan with
                    {
                        Concurrency = (int)load,
                    };
                var result = await LoadScreen.RunAsync(
                    AnsiConsole.Console,
                    new LoadGenerator(session.Target, plan, TimeProvider.System),
                    plan,
                    stop.Token
                );
                runs.Add(
                    LoadDocument.From(
                        result,
                        session.Target.Description,
                        TimeProvider.System.GetUtcNow(),
                        price,
                        peak: false,
                        request.Target == "self" ? session.Meter.Engine.Configuration.BatchSize : null
                    )
                );
                AnsiConsole.Console.WriteLine(Line(runs[^1]));
            }
        }

        // Also of a sweep that was interrupted: each run says for itself whether it is VALID.
        AnsiConsole.Console.Write(Table(runs));
        if (request.Csv is { } csv)
            await File.WriteAllTextAsync(csv, Csv(runs), CancellationToken.None);
        if (request.Json is { } json)
            JsonFile.Write(json, runs);
        if (request.Plot is { } plot)
            await File.WriteAllTextAsync(plot, SweepPlot.Document(runs), CancellationToken.None);
        return stop.IsCancellationRequested ? ExitCodes.Interrupted
            : runs.TrueForAll(run => run.Verdict == "VALID") ? ExitCodes.Ok
            : ExitCodes.Failed;
    }

    private static string Load(LoadDocument run) =>
        run.Rate is { } rate ? $"{rate:#,0.##}/s" : $"{run.Concurrency:#,0} clients";

    private static string Line(LoadDocument run) =>
        $"{Load(run)}{(run.Batch is { } batch ? $", batch {batch}" : "")}: "
        + $"{Figures.Rate(run.ImagesPerSecond)} images/s, p99 {run.LatencySeconds?.P99 * 1e3:#,0.0} ms, "
        + $"{run.Verdict}{(run.Reasons.Count > 0 ? $": {run.Reasons[0]}" : "")}";

    private static Table Table(IEnumerable<LoadDocument> runs)
    {
        var table = new Table()
            .Border(TableBorder.Simple)
            .AddColumns("load", "batch", "images/s", "p50 ms", "p99 ms", "turned away", "$/billion", "verdict");
        foreach (var column in Enumerable.Range(1, 6))
            table.Columns[column].RightAligned();
        foreach (var run in runs)
        {
            table.AddRow(
                Load(run),
                $"{run.Batch}",
                Figures.Rate(run.ImagesPerSecond),
                $"{run.LatencySeconds?.P50 * 1e3:#,0.0}",
                $"{run.LatencySeconds?.P99 * 1e3:#,0.0}",
                $"{run.Rejected:#,0}",
                run.UsdPerBillionImages is { } usd ? Figures.Usd(usd) : "-",
                run.Verdict
            );
        }

        return table;
    }

    private static string Csv(IEnumerable<LoadDocument> runs)
    {
        var text = new StringBuilder(
            "scenario,rate,concurrency,batch,verdict,images_per_second,queries,ok,rejected,errors,late,p50_seconds,p90_seconds,p99_seconds,p999_seconds,lag_p99_seconds,usd_per_billion_images\n"
        );
        foreach (var run in runs)
        {
            var latency = run.LatencySeconds;
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"{run.Scenario},{run.Rate},{run.Concurrency},{run.Batch},{run.Verdict},{run.ImagesPerSecond:0.###},{run.Queries},{run.Ok},{run.Rejected},{run.Errors},{run.Late},{latency?.P50},{latency?.P90},{latency?.P99},{latency?.P999},{run.LagP99Seconds},{run.UsdPerBillionImages}"
            );
        }

        return text.ToString();
    }

    private static double[] Numbers(string option, string list, double least, double most)
    {
        var numbers = list.Split(',', StringSplitOptions.TrimEntries)
            .Select(text =>
                double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
                && number >= least
                && number <= most
                && (option == "--rates" || number == Math.Floor(number))
                    ? number
                    : throw new UserException(
                        $"{option} has '{text}', accepted: numbers from {least} to {most:#,0} with commas between them"
                    )
            );
        return [.. numbers.Distinct()];
    }
}
