using InferenceMeter.Documents;
using InferenceMeter.Metering;
using InferenceMeter.Reports;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace InferenceMeter.Terminal;

/// <summary>The one screen of the running meter; on anything that is no terminal, a line now and then.</summary>
internal sealed class LiveScreen(IAnsiConsole console, Func<ReadingDocument> read, string address)
{
    private static readonly TimeSpan Refresh = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan LineEvery = TimeSpan.FromSeconds(10);

    /// <summary>Shows the figures until <paramref name="ended"/>.</summary>
    public Task RunAsync(CancellationToken ended) =>
        console.Profile.Capabilities.Interactive && console.Profile.Capabilities.Ansi
            ? ShowLiveAsync(ended)
            : PrintLinesAsync(ended);

    /// <summary>One line of the reading, as the log of a container keeps it.</summary>
    public static string Line(ReadingDocument reading)
    {
        var rate = reading
            .Windows.FirstOrDefault(w => w.Window == MeasurementWindow.TenSeconds.Label())
            ?.ImagesPerSecond;
        var cost = Wall(reading, MeasurementWindow.TenSeconds.Label());
        var figures = (rate, cost, reading.RecentImagesPerSecond) switch
        {
            ({ }, { }, _) => $"{Figures.RateWithInterval(rate)}, {Figures.CostWithInterval(cost)}",
            (_, _, { } recent) => $"{Figures.Rate(recent)} images/s so far",
            _ => "no figures yet",
        };
        return $"{reading.At:HH:mm:ss} {reading.State}: {figures}; {reading.Images.Ok:#,0} images ok, "
            + $"{reading.Images.Failed:#,0} failed, {Figures.Usd(reading.SpentUsd)} spent";
    }

    public static IRenderable Render(ReadingDocument reading, string address) =>
        new Panel(
            new Rows(
                FactsTable.Render(reading, address),
                new Text(""),
                State(reading),
                Windows(reading),
                Remarks(reading),
                new Text(""),
                new Text(
                    $"{reading.Images.Ok:#,0} images ok, {reading.Images.Failed:#,0} failed, "
                        + $"{Figures.Usd(reading.SpentUsd)} spent {Since(reading)}. Ctrl-C drains and ends."
                )
            )
            {
                Expand = false,
            }
        )
            .Header(" InferenceMeter ")
            .BorderColor(Color.Grey)
            .Padding(1, 1);

    private static string Since(ReadingDocument reading) =>
        (reading.At - reading.SpentSince).TotalSeconds > reading.UptimeSeconds + 1
            ? $"since {reading.SpentSince:yyyy-MM-dd HH:mm} UTC"
            : $"in {Figures.Duration(TimeSpan.FromSeconds(reading.UptimeSeconds))}";

    private static Markup State(ReadingDocument reading)
    {
        var colour = reading.State switch
        {
            "steady" => "green",
            "unstable" => "yellow",
            _ => "grey",
        };
        var reason = reading.Broken ?? reading.StateReason;
        var why = reason is null ? "" : $"  {Markup.Escape(reason)}";
        var now =
            reading.State != "steady" && reading.RecentImagesPerSecond is { } recent
                ? $"  [grey](now about {Figures.Rate(recent)} images/s)[/]"
                : "";
        return new Markup($"[{colour}]{reading.State}[/]{why}{now}");
    }

    /// <summary>
    /// What limits throughput, how the GPUs do, what the figures suffer from, and what happened: nothing while there is
    /// nothing to say.
    /// </summary>
    private static Rows Remarks(ReadingDocument reading) =>
        new([
            .. reading.Bottleneck is { } limit
                ? Figures
                    .Limit(limit)
                    .Select(
                        (line, i) => new Markup($"[grey]{(i == 0 ? "limit" : "     ")}[/]     {Markup.Escape(line)}")
                    )
                : [],
            .. reading.Money is { } money
                ? [new Markup($"[grey]money[/]     {Markup.Escape(Figures.Money(money))}")]
                : Array.Empty<Markup>(),
            .. reading.Energy is { } energy
                ? [new Markup($"[grey]energy[/]    {Markup.Escape(Figures.Energy(energy))}")]
                : Array.Empty<Markup>(),
            .. reading
                .Engine.Devices.Where(device => device.PciBusId is not null)
                .Select(device => new Markup(
                    $"[grey]{Markup.Escape($"{device.Device, -9}")}[/] "
                        + $"{Markup.Escape(string.Join(", ", Figures.Telemetry(device)))}"
                )),
            .. reading.Marks.Select(mark => new Markup($"[yellow]{Markup.Escape(mark)}[/]")),
            .. reading.Notes.TakeLast(3).Select(note => new Markup($"[yellow]{Markup.Escape(note)}[/]")),
        ]);

    private static Table Windows(ReadingDocument reading)
    {
        var table = new Table()
            .Border(TableBorder.Simple)
            .AddColumns("window", "images/s", "95 % interval", "$/billion", "95 % interval", "busy $");
        // Narrow, so that the whole screen fits a terminal of 80 columns.
        table.Columns[0].NoWrap().Padding(0, 0);
        foreach (var column in table.Columns.Skip(1))
            column.RightAligned().NoWrap().Padding(1, 0);
        foreach (var name in Enum.GetValues<MeasurementWindow>().Select(window => window.Label()))
        {
            var rate = reading.Windows.FirstOrDefault(w => w.Window == name)?.ImagesPerSecond;
            var wall = Wall(reading, name);
            var busy = reading.Costs.FirstOrDefault(c => c.Basis == Basis.Busy.Label() && c.Window == name);
            table.AddRow(
                name,
                rate is null ? "-" : Figures.Rate(rate.Estimate),
                rate is null ? "-" : $"{Figures.Rate(rate.Low)}..{Figures.Rate(rate.High ?? rate.Estimate)}",
                wall is null ? "-" : Figures.Usd(wall.UsdPerBillionImages),
                wall is null ? "-" : $"{Figures.Usd(wall.Low)}..{(wall.High is { } high ? Figures.Usd(high) : "?")}",
                busy is null ? "-" : Figures.Usd(busy.UsdPerBillionImages)
            );
        }

        return table;
    }

    private static CostDocument? Wall(ReadingDocument reading, string window) =>
        reading.Costs.FirstOrDefault(c => c.Basis == Basis.Wall.Label() && c.Window == window);

    private Task ShowLiveAsync(CancellationToken ended) =>
        console
            .Live(Render(read(), address))
            .AutoClear(false)
            .StartAsync(async live =>
            {
                while (await Wait(Refresh, ended))
                    live.UpdateTarget(Render(read(), address));
                live.UpdateTarget(Render(read(), address));
            });

    private async Task PrintLinesAsync(CancellationToken ended)
    {
        foreach (var (name, value) in FactsTable.Facts(read(), address))
            console.WriteLine($"{name, -9} {value}");
        var (state, sinceLine) = ("", TimeSpan.Zero);
        var told = new HashSet<string>(StringComparer.Ordinal);
        while (await Wait(Refresh, ended))
        {
            var reading = read();
            // Each event is told once; the last 20 are kept, so a count of them is not enough.
            foreach (var note in reading.Notes.Where(note => told.Add(note)))
                console.WriteLine($"note: {note}");
            sinceLine += Refresh;
            if (reading.State == state && sinceLine < LineEvery)
                continue;
            (state, sinceLine) = (reading.State, TimeSpan.Zero);
            console.WriteLine(Line(reading));
        }
    }

    private async Task<bool> Wait(TimeSpan time, CancellationToken ended)
    {
        try
        {
            await Task.Delay(time, ended);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
