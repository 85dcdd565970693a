using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using InferenceMeter.Documents;
using InferenceMeter.Errors;
using InferenceMeter.LoadTargets;
using InferenceMeter.LoadTesting;
using InferenceMeter.Pricing;
using InferenceMeter.Settings;
using InferenceMeter.Terminal;
using InferenceMeter.Web.Security;
using Spectre.Console;

namespace InferenceMeter.Cli;

/// <summary><c>load</c>: tests how a target bears a load, and finds the highest rate that keeps its promise.</summary>
internal static class LoadCommand
{
    private const double Mlperf = 0.015;
    private static readonly string[] Protocols = ["classify", "v2", "grpc"];

    public static Command Create(Action<Command, Func<MeterSettings, ParseResult, CancellationToken, Task<int>>> add)
    {
        var target = new Argument<string>("TARGET")
        {
            Description = "self: the pipeline in this process; or an address such as http://host:8080",
            DefaultValueFactory = _ => "self",
        };
        var scenario = new Option<string>("--scenario")
        {
            Description = string.Join(", ", ScenarioNames.All.Keys),
            HelpName = "NAME",
            DefaultValueFactory = _ => "server",
        };
        var rate = new Option<double?>("--rate")
        {
            Description = "queries a second, of server; where ramp ends",
            HelpName = "N",
        };
        var from = new Option<double>("--from-rate")
        {
            Description = "where ramp begins",
            HelpName = "N",
            DefaultValueFactory = _ => 1,
        };
        var concurrency = new Option<int>("--concurrency")
        {
            Description = "queries in flight, of closed and offline",
            HelpName = "N",
            DefaultValueFactory = _ => 64,
        };
        var seconds = new Option<double>("--seconds")
        {
            Description = "shortest time in which queries are sent",
            HelpName = "N",
            DefaultValueFactory = _ => 60,
        };
        var warmUp = new Option<double>("--warm-up")
        {
            Description = "seconds before that, which do not count; rates grow in them",
            HelpName = "N",
            DefaultValueFactory = _ => 4,
        };
        var bound = new Option<string?>("--bound")
        {
            Description =
                "latency bound of the percentile (p99; single-stream p90), as 15ms or 2s, or none; "
                + "default: 15ms in server, as MLPerf's for ResNet-50",
            HelpName = "TIME",
        };
        var seed = new Option<int>("--seed")
        {
            Description = "of arrivals and samples",
            HelpName = "N",
            DefaultValueFactory = _ => new LoadPlan { Scenario = default }.Seed,
        };
        var samples = new Option<int>("--samples")
        {
            Description = "most images that are preloaded and drawn from",
            HelpName = "N",
            DefaultValueFactory = _ => 1024,
        };
        var errors = new Option<double>("--max-errors")
        {
            Description = "share of queries that may fail or be turned away where there is no bound, 0 to 1",
            HelpName = "SHARE",
            DefaultValueFactory = _ => 0,
        };
        var peak = new Option<bool>("--find-peak")
        {
            Description = "find the highest --rate that is VALID in server, and confirm it",
        };
        var publish = new Option<bool>("--publish")
        {
            Description = "with --find-peak on an InferenceMeter: tell it the rate, which becomes its basis slo",
        };
        var protocol = new Option<string>("--protocol")
        {
            Description = $"how an address is asked: {string.Join(", ", Protocols)}",
            HelpName = "NAME",
            DefaultValueFactory = _ => "classify",
        };
        var model = new Option<string?>("--target-model")
        {
            Description = "with v2 and grpc: name of the model; default: resnet50",
            HelpName = "NAME",
        };
        var tensors = new Option<bool>("--tensors")
        {
            Description = "of self: ready pixels in place of encoded images",
        };
        var json = new Option<string?>("--json") { Description = "write the result as JSON", HelpName = "FILE" };
        var command = new Command(
            "load",
            "Test a target under load: scenarios as MLPerf's, latency from the scheduled instant, the "
                + "highest rate that keeps a bound."
        )
        {
            target,
            scenario,
            rate,
            from,
            concurrency,
            seconds,
            warmUp,
            bound,
            seed,
            samples,
            errors,
            peak,
            publish,
            protocol,
            model,
            tensors,
            json,
        };
        add(
            command,
            (settings, parsed, cancellation) =>
            {
                var name = parsed.GetValue(scenario)!;
                if (!ScenarioNames.All.TryGetValue(name, out var kind))
                    throw new UserException(
                        $"--scenario is '{name}', accepted: {string.Join(" or ", ScenarioNames.All.Keys)}"
                    );
                var plan = new LoadPlan
                {
                    Scenario = kind,
                    Rate = InRange("--rate", parsed.GetValue(rate) ?? 10, 0.01, 1_000_000),
                    FromRate = InRange("--from-rate", parsed.GetValue(from), 0.01, 1_000_000),
                    Concurrency = (int)InRange("--concurrency", parsed.GetValue(concurrency), 1, 100_000),
                    Seconds = InRange("--seconds", parsed.GetValue(seconds), 1, 86_400),
                    WarmUpSeconds = InRange("--warm-up", parsed.GetValue(warmUp), 0, 3600),
                    BoundSeconds = Bound(parsed.GetValue(bound), kind),
                    Seed = parsed.GetValue(seed),
                    Samples = (int)InRange("--samples", parsed.GetValue(samples), 1, 1_000_000),
                    MaxErrors = InRange("--max-errors", parsed.GetValue(errors), 0, 1),
                };
                if (parsed.GetValue(rate) is not null && !plan.IsOpen)
                    throw new UserException(
                        $"--rate goes with server and ramp; {name} sends as fast as it is answered"
                    );
                if (parsed.GetValue(peak) && (kind != Scenario.Server || plan.BoundSeconds is null))
                    throw new UserException("--find-peak needs the scenario server and a --bound");
                if (parsed.GetValue(publish) && (!parsed.GetValue(peak) || parsed.GetValue(target) == "self"))
                    throw new UserException("--publish goes with --find-peak and the address of an InferenceMeter");
                return RunAsync(
                    settings,
                    new LoadRequest
                    {
                        Target = parsed.GetValue(target)!,
                        Plan = plan,
                        FindPeak = parsed.GetValue(peak),
                        Publish = parsed.GetValue(publish),
                        Protocol = parsed.GetValue(protocol)!,
                        Model = parsed.GetValue(model) ?? "resnet50",
                        Tensors = parsed.GetValue(tensors),
                        Json = parsed.GetValue(json),
                    },
                    cancellation
                );
            }
        );
        return command;
    }

    private sealed record LoadRequest
    {
        public required string Target { get; init; }

        public required LoadPlan Plan { get; init; }

        public required bool FindPeak { get; init; }

        public required bool Publish { get; init; }

        public required string Protocol { get; init; }

        public required string Model { get; init; }

        public required bool Tensors { get; init; }

        public required string? Json { get; init; }
    }

    private static async Task<int> RunAsync(MeterSettings settings, LoadRequest request, CancellationToken cancellation)
    {
        if (request.Json is { } json)
            JsonFile.Probe(json);
        using var signals = new ShutdownSignals();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, signals.Stop);
        var (root, key) = (Root(request.Target), ApiKey.From(settings.Service.ApiKeyFile).Value);
        await using var session = await OpenAsync(
            settings,
            request.Target,
            request.Protocol,
            request.Model,
            request.Plan.Samples,
            request.Tensors,
            stop.Token
        );
        var price = await PriceAsync(session, request.Target, settings, stop.Token);
        LoadDocument? last;
        if (request.FindPeak)
        {
            last = await PeakAsync(request, session, price, stop.Token);
        }
        else
        {
            last = Document(
                await LoadScreen.RunAsync(
                    AnsiConsole.Console,
                    new LoadGenerator(session.Target, request.Plan, TimeProvider.System),
                    request.Plan,
                    stop.Token
                ),
                peak: false
            );
            LoadReport.Print(AnsiConsole.Console, last);
        }

        if (last is not null && request.Json is { } file)
            JsonFile.Write(file, last);
        if (last is { Verdict: "VALID" } && request.Publish)
            await PublishAsync(root!, key, last, stop.Token);
        return stop.IsCancellationRequested ? ExitCodes.Interrupted
            : last is { Verdict: "VALID" } ? ExitCodes.Ok
            : ExitCodes.Failed;

        LoadDocument Document(LoadResult result, bool peak) =>
            LoadDocument.From(
                result,
                session.Target.Description,
                TimeProvider.System.GetUtcNow(),
                price,
                peak,
                root is null ? session.Meter.Engine.Configuration.BatchSize : null
            );
    }

    /// <summary>Opens what is tested.</summary>
    public static async Task<LoadTestSession> OpenAsync(
        MeterSettings settings,
        string target,
        string protocol,
        string model,
        int samples,
        bool tensors,
        CancellationToken cancellation
    )
    {
        if (!Protocols.Contains(protocol, StringComparer.Ordinal))
            throw new UserException($"--protocol is '{protocol}', accepted: {string.Join(" or ", Protocols)}");
        return Root(target) is { } root
            ? await LoadTestSession.RemoteAsync(
                settings,
                root,
                protocol,
                model,
                ApiKey.From(settings.Service.ApiKeyFile).Value,
                samples,
                cancellation
            )
            : LoadTestSession.Over(
                await MeterStartup.OpenAsync(LoadTestSession.InProcess(settings), finished: null, cancellation),
                samples,
                tensors
            );
    }

    /// <summary>
    /// The price of what is tested: the one that is given, else the target's own; <see langword="null"/> when neither
    /// is known.
    /// </summary>
    public static async Task<(decimal UsdPerHour, string Source)?> PriceAsync(
        LoadTestSession session,
        string target,
        MeterSettings settings,
        CancellationToken cancellation
    ) =>
        Root(target) is { } root && session.Meter.Prices.Current.Source == PriceSource.Assumed
            ? await PriceOfAsync(root, ApiKey.From(settings.Service.ApiKeyFile).Value, cancellation)
            : (session.Meter.Prices.Current.PerWorkingHour.Usd, session.Meter.Prices.Current.Source);

    private static async Task<LoadDocument?> PeakAsync(
        LoadRequest request,
        LoadTestSession session,
        (decimal UsdPerHour, string Source)? price,
        CancellationToken stop
    )
    {
        var console = AnsiConsole.Console;
        var search = new PeakSearch(
            (rate, seconds) =>
            {
                var plan = request.Plan with { Rate = rate, Seconds = seconds };
                return LoadScreen.RunAsync(
                    console,
                    new LoadGenerator(session.Target, plan, TimeProvider.System),
                    plan,
                    stop
                );
            },
            (result, full) =>
                console.WriteLine(
                    $"{(full ? "confirm" : "search ")} {result.Plan.Rate, 10:#,0.##}/s  "
                        + $"{(result.Late <= result.Queries * (1 - result.Plan.Percentile) ? "keeps " : "breaks")} "
                        + $"the bound: p99 {result.Latency?.P99 * 1e3:#,0.0} ms, {result.Late:#,0} of "
                        + $"{result.Queries:#,0} late{(result.IsValid || !full ? "" : $"; {result.Reasons[0]}")}"
                )
        );
        var found = await search.RunAsync(
            request.Plan.Rate,
            Math.Min(request.Plan.Seconds, Math.Max(5, request.Plan.Seconds / 6)),
            request.Plan.Seconds,
            stop
        );
        if (found is null)
        {
            await Console.Error.WriteLineAsync(
                stop.IsCancellationRequested
                    ? "interrupted: no rate was confirmed yet"
                    : $"error: no rate keeps the bound of {request.Plan.BoundSeconds * 1e3:0.###} ms; a "
                        + "single image takes longer, or the generator does not keep up"
            );
            return null;
        }

        var document = LoadDocument.From(
            found,
            session.Target.Description,
            TimeProvider.System.GetUtcNow(),
            price,
            peak: true,
            batch: null
        );
        LoadReport.Print(console, document);
        return document;
    }

    /// <summary>The target's own price, when it is an InferenceMeter that tells it.</summary>
    private static async Task<(decimal, string)?> PriceOfAsync(Uri root, string? key, CancellationToken cancellation)
    {
        try
        {
            using var client = Client(root, key);
            var price = await client.GetFromJsonAsync<JsonElement>("/api/v1/price", cancellation);
            var working = price.TryGetProperty("usdPerWorkingHour", out var given)
                ? given
                : price.GetProperty("usdPerHour");
            return (working.GetDecimal(), $"the target's, {price.GetProperty("source").GetString()}");
        }
        catch (Exception none)
            when (none
                    is HttpRequestException
                        or JsonException
                        or KeyNotFoundException
                        or InvalidOperationException
                        or NotSupportedException
            )
        {
            return null;
        }
    }

    private static async Task PublishAsync(Uri root, string? key, LoadDocument peak, CancellationToken cancellation)
    {
        try
        {
            using var client = Client(root, key);
            using var answer = await client.PutAsJsonAsync(
                "/api/v1/slo",
                new SloRequest(peak.Rate * peak.SamplesPerQuery, peak.BoundSeconds, peak.LatencySeconds!.P99),
                cancellation
            );
            if (!answer.IsSuccessStatusCode)
                throw new UserException(
                    $"{root} does not take the rate: {(int)answer.StatusCode}; changes need its key in "
                        + $"{ServiceSettings.ApiKeyVariable} or --api-key-file"
                );
            AnsiConsole.Console.WriteLine($"published   {peak.Rate:#,0.##}/s is the basis slo of {root} now");
        }
        catch (HttpRequestException broken)
        {
            throw new UserException($"{root} does not take the rate: {broken.Message}");
        }
    }

    private static HttpClient Client(Uri root, string? key)
    {
        var client = new HttpClient { BaseAddress = root, Timeout = TimeSpan.FromSeconds(5) };
        if (key is not null)
            client.DefaultRequestHeaders.TryAddWithoutValidation(ApiKey.Header, key);
        return client;
    }

    private static Uri? Root(string target) =>
        target == "self" ? null
        : Uri.TryCreate(target, UriKind.Absolute, out var root) && root.Scheme is "http" or "https" ? root
        : throw new UserException($"TARGET is '{target}', accepted: self, or an address such as http://host:8080");

    public static double? Bound(string? text, Scenario scenario) =>
        text switch
        {
            null => scenario == Scenario.Server ? Mlperf : null,
            "none" => null,
            _ => Times.Parse("--bound", text),
        };

    public static double InRange(string option, double value, double least, double most) =>
        value >= least && value <= most
            ? value
            : throw new UserException(
                string.Create(CultureInfo.InvariantCulture, $"{option} is {value}, accepted: {least} to {most:#,0}")
            );
}
