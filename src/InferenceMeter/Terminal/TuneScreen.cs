using InferenceMeter.Reports;
using InferenceMeter.Tuning;
using Spectre.Console;

namespace InferenceMeter.Terminal;

/// <summary>The search as it goes: on a terminal a table that fills, else a line a trial.</summary>
internal sealed class TuneScreen(
    IAnsiConsole console,
    IReadOnlyList<double> rounds,
    int candidates,
    SuccessiveHalving search,
    Constraints constraints
)
{
    private const int Shown = 20;

    private readonly Dictionary<Candidate, (int Round, Trial Trial)> _trials = [];
    private int _done;

    /// <summary>Shows a search until it ends.</summary>
    public Task<TuningResult> RunAsync(Func<Action<int, Trial>, Task<TuningResult>> work)
    {
        console.WriteLine(
            $"{candidates} configurations, "
                + $"{(rounds.Count > 1 ? "the promising ones in trials" : "all in trials")} of "
                + $"{string.Join(", ", rounds.Select(seconds => $"{seconds:0.#}"))} s"
        );
        return console.Profile.Capabilities is { Interactive: true, Ansi: true }
            ? console
                .Live(Table())
                .AutoClear(true)
                .StartAsync(context =>
                    work(
                        (round, trial) =>
                        {
                            Take(round, trial);
                            context.UpdateTarget(Table());
                        }
                    )
                )
            : work(
                (round, trial) =>
                {
                    Take(round, trial);
                    console.WriteLine(
                        $"{_done, 3}  round {round + 1} of {rounds.Count}  {trial.Candidate}: {Figure(trial)}"
                    );
                }
            );
    }

    /// <summary>What was found.</summary>
    public static void Report(IAnsiConsole console, TuningResult result, string output)
    {
        var winner = result.Winner!;
        console.WriteLine(
            $"best        {winner.Candidate}{(winner.Candidate.IsDefault ? " (what the meter does by itself)" : "")}"
        );
        console.WriteLine(
            $"            {Figures.Rate(winner.ImagesPerSecond!.Value.Value)} images/s "
                + $"({Figures.Rate(winner.ImagesPerSecond.Value.Low)} to "
                + $"{Figures.Rate(winner.ImagesPerSecond.Value.High)}){CostAndLatency(winner)}"
        );
        if (result.Default is { } standard && !winner.Candidate.IsDefault)
            console.WriteLine(
                $"default     {standard.Candidate}: {Figures.Rate(standard.ImagesPerSecond!.Value.Value)} "
                    + "images/s; the best does "
                    + $"{winner.ImagesPerSecond.Value.Value / standard.ImagesPerSecond.Value.Value:0.000} times as many"
            );
        if (result.Alike.Count > 0)
            console.WriteLine(
                "as good     within the noise, and less simple: "
                    + $"{string.Join("; ", result.Alike.Select(trial => trial.Candidate.ToString()))}"
            );
        console.WriteLine($"written     {output}: inferencemeter --settings {output}");
    }

    private void Take(int round, Trial trial)
    {
        _done++;
        _trials[trial.Candidate] = (round, trial);
    }

    private Table Table()
    {
        var table = new Table()
            .Border(TableBorder.Simple)
            .AddColumns("configuration", "round", "images/s", "$/billion", "p99 ms", "");
        foreach (var column in new[] { 1, 2, 3, 4 })
            table.Columns[column].RightAligned();
        foreach (
            var (_, (round, trial)) in _trials
                .OrderByDescending(pair => pair.Value.Round)
                .ThenBy(pair =>
                    constraints.Broken(pair.Value.Trial) is null
                        ? search.Value(pair.Value.Trial) ?? double.PositiveInfinity
                        : double.PositiveInfinity
                )
                .Take(Shown)
        )
        {
            table.AddRow(
                new Markup(Markup.Escape(trial.Candidate.ToString())),
                new Markup($"{round + 1} of {rounds.Count}"),
                new Markup(trial.ImagesPerSecond is { } rate ? Figures.Rate(rate.Value) : "-"),
                new Markup(trial.UsdPerBillion is { } usd ? Figures.Usd((decimal)usd) : "-"),
                new Markup(trial.P99Seconds is { } p99 ? $"{p99 * 1e3:0}" : "-"),
                new Markup(Remark(trial))
            );
        }

        table.Caption($"{_done} trials done");
        return table;
    }

    private string Remark(Trial trial)
    {
        if (constraints.Broken(trial) is { } broken)
            return $"[yellow]{Markup.Escape(broken.Length > 60 ? broken[..60] : broken)}[/]";
        return trial.Candidate.IsDefault ? "[grey]default[/]" : "";
    }

    private string Figure(Trial trial)
    {
        if (trial.ImagesPerSecond is not { } rate)
            return trial.Failure ?? "no figure";
        var outside = constraints.Broken(trial) is { } broken ? $"; out: {broken}" : "";
        return $"{Figures.Rate(rate.Value)} images/s{CostAndLatency(trial)}{outside}";
    }

    /// <summary>To follow a rate: what of the two was measured.</summary>
    private static string CostAndLatency(Trial trial)
    {
        var cost = trial.UsdPerBillion is { } usd ? $", {Figures.Usd((decimal)usd)} per billion" : "";
        var latency = trial.P99Seconds is { } p99 ? $", p99 {p99 * 1e3:0} ms" : "";
        return cost + latency;
    }
}
