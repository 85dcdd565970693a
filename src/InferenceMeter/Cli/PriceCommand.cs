using System.CommandLine;
using InferenceMeter.Documents;
using InferenceMeter.Errors;
using InferenceMeter.Pricing;
using InferenceMeter.Pricing.Book;
using InferenceMeter.Pricing.Feeds;
using InferenceMeter.Reports;
using InferenceMeter.Settings;
using Spectre.Console;

namespace InferenceMeter.Cli;

/// <summary>
/// <c>price list | show | refresh</c>: the price file, the price that the settings come to, and newer prices.
/// </summary>
internal static class PriceCommand
{
    /// <summary>The command with its three.</summary>
    /// <param name="add">Gives a command its settings and what it runs.</param>
    public static Command Create(Action<Command, Func<MeterSettings, ParseResult, CancellationToken, Task<int>>> add)
    {
        var price = new Command(
            "price",
            "The price of machines: what is on file, what the settings come to, and newer prices."
        );
        var search = new Argument<string?>("SEARCH")
        {
            Description = "shows the rows that have it in the name of the instance, its GPU, cloud or region",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var list = new Command("list", "The price file, with your own prices and fetched ones before it.") { search };
        add(list, (settings, parsed, _) => Task.FromResult(List(settings, parsed.GetValue(search))));
        var show = new Command("show", "The price that the settings come to, and what it is made of.");
        add(show, (settings, _, cancellation) => ShowAsync(settings, cancellation));
        var refresh = new Command(
            "refresh",
            "Asks Azure's public price service for the Azure rows of the price file and keeps its answers."
        );
        add(refresh, (settings, _, cancellation) => RefreshAsync(settings, cancellation));
        foreach (var command in new[] { list, show, refresh })
            price.Subcommands.Add(command);
        return price;
    }

    private static int List(MeterSettings settings, string? search)
    {
        var (console, pricing) = (AnsiConsole.Console, settings.Pricing);
        using var sources = Sources(settings, TimeProvider.System);
        var rows = sources
            .Book()
            .Rows.Where(row =>
                Is(pricing.Cloud, row.Cloud)
                && Is(pricing.Instance, row.Instance)
                && Is(pricing.Region, row.Region)
                && Is(pricing.Purchase, row.Purchase.Label())
                && (
                    search is null
                    || new[] { row.Instance, row.Gpu, row.Cloud, row.Region }.Any(text =>
                        text?.Contains(search, StringComparison.OrdinalIgnoreCase) == true
                    )
                )
            )
            .ToArray();
        var today = Today.Utc(TimeProvider.System);
        if (rows.Length == 0)
            throw new UserException(
                $"no price fits{(search is null ? "" : $" '{search}'")}; `inferencemeter price list` shows all of them"
            );
        var table = new Table()
            .Border(TableBorder.Simple)
            .AddColumns("cloud", "instance", "region", "purchase", "$/hour", "of", "vCPUs", "GPUs", "as of");
        foreach (var column in new[] { 4, 6 })
            table.Columns[column].RightAligned();
        foreach (var column in table.Columns)
            column.NoWrap();
        foreach (var row in rows)
            table.AddRow(
                new[]
                {
                    row.Cloud,
                    row.Instance,
                    row.Region,
                    row.Purchase.Label(),
                    $"{row.PerHour.Usd:0.0000##}",
                    row.Buys,
                    row.Vcpus?.ToString() ?? "",
                    row.Gpus > 0 ? $"{row.Gpus} x {row.Gpu}" : "",
                    Dated(row.AsOf, today, pricing.MaxAgeDays),
                }
                    .Select(Markup.Escape)
                    .ToArray()
            );
        console.Write(table);
        console.WriteLine(
            $"{rows.Length} prices for an hour, USD: of a whole machine, or of one GPU with its share of a "
                + "machine. Sources:"
        );
        foreach (
            var source in rows.GroupBy(row => (row.Source, row.AsOf))
                .OrderBy(group => group.Key.Source, StringComparer.Ordinal)
        )
            console.WriteLine($"  {source.Key.AsOf:yyyy-MM-dd}  {source.Key.Source} ({source.Count()})");
        return ExitCodes.Ok;

        static bool Is(string? wanted, string has) =>
            wanted is null || wanted.Equals(has, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>
    /// A row keeps the day of its source; an old one is the last that is known, and not a price of today.
    /// </summary>
    private static string Dated(DateOnly asOf, DateOnly today, int maxAgeDays) =>
        today.DayNumber - asOf.DayNumber > maxAgeDays ? $"last known ({asOf:yyyy-MM-dd})" : $"{asOf:yyyy-MM-dd}";

    private static async Task<int> ShowAsync(MeterSettings settings, CancellationToken cancellation)
    {
        var (console, time) = (AnsiConsole.Console, TimeProvider.System);
        var cpu = new Telemetry.CpuDeviceSensor(time);
        // The model's devices are not opened for this: power is the CPU's, and a price per GPU needs --gpus-paid.
        using var sources = Sources(settings, time);
        var price = await sources.Open(gpusUsed: null, () => cpu.Read().EnergyJoules).ReadAsync(cancellation);
        var document = CostDocuments.Describe(price, Today.Utc(time), settings.Pricing.MaxAgeDays, gpus: null);
        foreach (var (name, value) in PriceFacts.Of(document))
            console.WriteLine($"{name, -13} {value}");
        return ExitCodes.Ok;
    }

    private static async Task<int> RefreshAsync(MeterSettings settings, CancellationToken cancellation)
    {
        var (console, time) = (AnsiConsole.Console, TimeProvider.System);
        var keys = PriceBook
            .Shipped.Rows.Where(row => row.Cloud == "azure")
            .Select(row => new FeedKey(row.Instance, row.Region, row.Purchase))
            .Distinct()
            .ToArray();
        var fetched = 0;
        var failed = 0;
        var alike = new Dictionary<string, int>(StringComparer.Ordinal);
        var options = settings.ToPriceOptions(time);
        using var sources = new PriceSources(options, time);
        var refresh = new FeedRefresh(sources.Feed, options.FetchedFolder, time);
        await foreach (var (key, price, error) in refresh.RefreshAsync(keys, cancellation))
        {
            if (price is null)
                failed++;
            else
                fetched++;
            // A service that is down fails alike for each machine: once is enough to read.
            if (error is not null && !alike.TryAdd(error, 1))
                alike[error]++;
            else
                console.WriteLine($"{key.Instance} {key.Region} {key.Purchase.Label()}: {Answer(price, error)}");
        }

        foreach (var (error, times) in alike.Where(same => same.Value > 1))
            console.WriteLine($"{times - 1} more: {error}");
        var kept = fetched > 0 ? $", kept in {options.FetchedFolder}" : "";
        console.WriteLine(
            $"{fetched} of {keys.Length} prices fetched{kept}. AWS and Google Cloud have no price service without a "
                + "key: those rows stay as they were."
        );
        return failed > 0 ? ExitCodes.Failed : ExitCodes.Ok;
    }

    private static string Answer(Price? price, string? error) =>
        string.Join(
            ", ",
            new[] { price is null ? null : $"${price.UsdPerHour:0.0000##}/hour", error }.OfType<string>()
        );

    private static PriceSources Sources(MeterSettings settings, TimeProvider time) =>
        new(settings.ToPriceOptions(time), time);
}
