using InferenceMeter.Errors;

namespace InferenceMeter.Pricing.Book;

/// <summary>
/// Prices of machines by their name: those that lie in the program (<c>prices.csv</c>), and others before them.
/// </summary>
public sealed class PriceBook
{
    private const int Suggestions = 5;

    private static readonly Lazy<PriceBook> FromFile = new(Load);

    private PriceBook(IReadOnlyList<PriceRow> rows) => Rows = rows;

    /// <summary>The prices of this build, each with its date and public source.</summary>
    public static PriceBook Shipped => FromFile.Value;

    /// <summary>All prices; an earlier row goes before a later one.</summary>
    public IReadOnlyList<PriceRow> Rows { get; }

    /// <summary>Of these rows alone.</summary>
    public static PriceBook Of(IReadOnlyList<PriceRow> rows) => new(rows);

    /// <summary>
    /// With rows that go before all that are there, and take the place of those with the same cloud, instance, region
    /// and purchase.
    /// </summary>
    public PriceBook With(IEnumerable<PriceRow> overrides)
    {
        var layer = Rows.Select(row => row.Layer).DefaultIfEmpty().Max() + 1;
        var first = overrides.Select(row => row with { Layer = layer }).ToArray();
        var replaced = first.Select(row => row.Key).ToHashSet();
        return new PriceBook([.. first, .. Rows.Where(row => !replaced.Contains(row.Key))]);
    }

    /// <summary>
    /// With newer prices of machines that are there: a row that is not younger than the one there is left out.
    /// </summary>
    public PriceBook Refreshed(IEnumerable<PriceRow> newer)
    {
        var there = Rows.ToDictionary(row => row.Key);
        return With(
            newer
                .Where(row => there.TryGetValue(row.Key, out var old) && row.AsOf > old.AsOf)
                .Select(row =>
                    row with
                    {
                        Vcpus = there[row.Key].Vcpus,
                        Gpus = there[row.Key].Gpus,
                        Gpu = there[row.Key].Gpu,
                    }
                )
        );
    }

    /// <summary>The price of a machine.</summary>
    /// <exception cref="PriceException">
    /// There is none, or more than one; the line says what there is instead.
    /// </exception>
    public PriceRow Find(PriceQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        var named = Rows.Where(row =>
                Same(row.Instance, query.Instance)
                && (query.Cloud is null || row.Cloud.Length == 0 || Same(row.Cloud, query.Cloud))
            )
            .ToArray();
        if (named.Length == 0)
        {
            var cloud = query.Cloud is null ? "" : $" of {query.Cloud}";
            throw new PriceException(
                $"no price of '{query.Instance}'{cloud} is on file; near are {string.Join(", ", Near(query.Instance))}",
                ErrorSubject.PricedInstance
            );
        }

        var bought = named.Where(row => row.Purchase == query.Purchase).ToArray();
        if (bought.Length == 0)
            throw new PriceException(
                $"no {query.Purchase.Label()} price of {query.Instance} is on file, only "
                    + Names(named.Select(row => row.Purchase.Label())),
                ErrorSubject.PurchaseOption
            );
        var placed = bought
            .Where(row => query.Region is null || row.Region.Length == 0 || Same(row.Region, query.Region))
            .ToArray();
        if (placed.Length == 0)
            throw new PriceException(
                $"no {query.Purchase.Label()} price of {query.Instance} in {query.Region} is on file, only in "
                    + Names(bought.Select(row => row.Region)),
                ErrorSubject.PriceRegion
            );
        return Best(placed, query);
    }

    /// <summary>Of rows that all fit, the one that was added last and says most.</summary>
    private static PriceRow Best(PriceRow[] fitting, PriceQuery query)
    {
        var highest = fitting.Max(row => row.Layer);
        var placed = fitting.Where(row => row.Layer == highest).ToArray();
        var clouds = placed
            .Select(row => row.Cloud)
            .Where(cloud => cloud.Length > 0)
            .Distinct(StringComparer.OrdinalIgnoreCase)
            .ToArray();
        if (clouds.Length > 1)
            throw new PriceException(
                $"{query.Instance} is a machine of {string.Join(" and ", clouds)}; say which",
                ErrorSubject.PriceCloud
            );
        var regional = placed.Where(row => row.Region.Length > 0).ToArray();
        if (query.Region is null && regional.Select(row => row.PerHour).Distinct().Count() > 1)
            throw new PriceException(
                $"{query.Instance} {query.Purchase.Label()} has a price in each of "
                    + $"{Names(regional.Select(row => row.Region))}; say which",
                ErrorSubject.PriceRegion
            );
        // A row that names the place goes before one that holds for all.
        return placed.OrderBy(row => row.Region.Length == 0).ThenBy(row => row.Cloud.Length == 0).First();
    }

    private static string Names(IEnumerable<string> names) => string.Join(", ", names.Distinct(StringComparer.Ordinal));

    /// <summary>The price that a row gives.</summary>
    public static Price ToPrice(PriceRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        return new Price
        {
            PerHour = row.PerHour,
            Source = PriceSource.Instance,
            AsOf = row.AsOf,
            Note = string.Join(
                ' ',
                new[] { row.Cloud, row.Instance, row.Region, row.Purchase.Label() }.Where(text => text.Length > 0)
            ),
            Purchase = row.Purchase,
            Cloud = row.Cloud.Length > 0 ? row.Cloud : null,
            Instance = row.Instance,
            Region = row.Region.Length > 0 ? row.Region : null,
            Gpus = Gpus(row),
            Vcpus = row.Vcpus,
            Buys = row.BuysOneGpu ? $"1 GPU ({row.Gpu ?? row.Instance}) with its share of a machine" : null,
            SourceUrl = row.Source,
            Rate = row.Rate,
        };
    }

    /// <summary>A row that knows its vCPUs knows that it has no GPU; one that knows neither says nothing.</summary>
    private static int? Gpus(PriceRow row)
    {
        if (row.Gpus > 0)
            return row.Gpus;
        return row.Vcpus is null ? null : 0;
    }

    private IEnumerable<string> Near(string name) =>
        Rows.Select(row => row.Instance)
            .Distinct(StringComparer.OrdinalIgnoreCase)
            .OrderBy(known => Distance(known.ToLowerInvariant(), name.ToLowerInvariant()))
            .Take(Suggestions);

    /// <summary>Levenshtein's: single characters added, left out or changed.</summary>
    private static int Distance(string one, string other)
    {
        var row = Enumerable.Range(0, other.Length + 1).ToArray();
        for (var i = 1; i <= one.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= other.Length; j++)
                (diagonal, row[j]) = (
                    row[j],
                    Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (one[i - 1] == other[j - 1] ? 0 : 1))
                );
        }

        return row[^1];
    }

    private static bool Same(string one, string other) => one.Equals(other, StringComparison.OrdinalIgnoreCase);

    private static PriceBook Load()
    {
        using var stream =
            typeof(PriceBook).Assembly.GetManifestResourceStream("InferenceMeter.Pricing.Book.prices.csv")
            ?? throw new InvalidOperationException("prices.csv is missing from this build");
        using var reader = new StreamReader(stream);
        return new PriceBook(PriceFile.ParseCsv(reader.ReadToEnd(), "prices.csv", DateOnly.MaxValue));
    }
}
